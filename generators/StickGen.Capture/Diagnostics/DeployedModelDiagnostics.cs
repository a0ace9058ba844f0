using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Diagnostics;

/// <summary>What can be wrong with a <c>[DeployedModel]</c> class or its signature file: STK0201 and following.</summary>
internal static class DeployedModelDiagnostics
{
    public static readonly DiagnosticDescriptor SignatureNotFound = Error(
        "STK0201",
        "Signature file not found",
        "The signature '{1}' of '{0}' is not among the additional files of the project, so its loader cannot be emitted: add <AdditionalFiles Include=\"{1}\" /> to the project file ({2})");

    public static readonly DiagnosticDescriptor SignatureAmbiguous = Error(
        "STK0202",
        "Several files match the signature",
        "The signature '{1}' of '{0}' fits several additional files, so it is not known which model is meant: name one by more of its path ({2})");

    public static readonly DiagnosticDescriptor SignatureMalformed = Error(
        "STK0203",
        "Signature file is malformed",
        "The signature of '{0}' cannot be read, so its loader cannot be emitted: {1}({2},{3}): {4}. Use the file that Save wrote beside the model, unchanged.");

    public static readonly DiagnosticDescriptor SignatureVersionUnsupported = Error(
        "STK0204",
        "Signature format is not supported",
        "The signature '{1}' of '{0}' has the format '{2}', and this version of StickGen reads '{3}': use the version of StickGen that saved the model, or save the model again with this one");

    public static readonly DiagnosticDescriptor LoaderNotPartial = Error(
        "STK0205",
        "Loader class is not partial",
        "'{1}' is not partial, so the loader cannot be added to '{0}': declare '{1}' as partial");

    public static readonly DiagnosticDescriptor LoaderShapeUnsupported = Error(
        "STK0206",
        "Loader class cannot hold a model",
        "'{0}' is {1}, so a loader cannot be added to it: {2}");

    public static readonly DiagnosticDescriptor LoaderMemberClash = Error(
        "STK0207",
        "Member clashes with the emitted loader",
        "'{0}' has a member '{1}', which the emitted loader declares as well: rename it, or move it to another class");

    public static readonly DiagnosticDescriptor RuntimeNotReferenced = Error(
        "STK0208",
        "StickGen.Runtime is not referenced",
        "The loader of '{0}' runs its model with StickGen.Runtime, which the project does not reference: add a reference to StickGen.Runtime");

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, "StickGen", DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: HelpLinks.Of(id));
}
