using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Diagnostics;

/// <summary>
/// Every diagnostic that the capture can give, one id per mistake. They live beside the capture because it decides what
/// is supported; the analyzers report them, so that they are live while typing and can be suppressed.
/// </summary>
internal static class Descriptors
{
    /// <summary>The category of all diagnostics.</summary>
    public const string Category = "StickGen";

    /// <summary>The class or a containing type is not <c>partial</c>: {0} the class, {1} the type to change.</summary>
    public static readonly DiagnosticDescriptor NotPartial = Error(
        "STK0001",
        "A compressible class has to be partial",
        "'{1}' has to be partial: StickGen adds the variants of '{0}' to it",
        "The variants of a class are emitted as types nested in it, so the class and every type that contains it have to be declared partial.");

    /// <summary>Not a TorchSharp module, or without a forward of its own: {0} the class, {1} what is missing.</summary>
    public static readonly DiagnosticDescriptor NotAModule = Error(
        "STK0002",
        "A compressible class has to be a TorchSharp module with a forward",
        "'{0}' cannot be compressed: {1}",
        "StickGen captures the override of forward in a class that derives from torch.nn.Module<…, Tensor>.");

    /// <summary>RegisterComponents is never called: {0} the class.</summary>
    public static readonly DiagnosticDescriptor NotRegistered = Warning(
        "STK0003",
        "A module has to register its components",
        "'{0}' never calls RegisterComponents: its modules are not found by training, saving and compression; call it at the end of the constructor",
        "TorchSharp finds the modules and parameters in a class's fields when its constructor calls RegisterComponents(). Without the call the module has no parameters, and says nothing.");

    /// <summary>A member has the name of an emitted one: {0} the class, {1} the name.</summary>
    public static readonly DiagnosticDescriptor MemberClash = Error(
        "STK0004",
        "A member has the name of an emitted variant",
        "'{0}' cannot have a member named '{1}': StickGen emits one of that name; rename it",
        "The variants of a class are types nested in it, named Graph, FakeQuantized and Quantized.");

    /// <summary>forward cannot be captured: {0} the class, {1} the construct and why.</summary>
    public static readonly DiagnosticDescriptor NotCaptured = Error(
        "STK0005",
        "forward cannot be captured",
        "forward of '{0}' cannot be captured: {1}",
        "No variant is emitted for a class whose forward contains a construct that the capture does not understand.");

    /// <summary>An operation without a deployed kernel: {0} the operation.</summary>
    public static readonly DiagnosticDescriptor OpaqueOperation = Warning(
        "STK0006",
        "The integer model has no kernel for an operation",
        "'{0}' is kept as it is in the trainable variants, but the integer model has no kernel for it: Convert will refuse the model",
        "Operations that StickGen does not know are run as they are written, with quantizers around them. Only X.Quantized needs every operation known. Emit the trainable variants alone with [Compressible(Emit = Variants.FakeQuantized)] if that is intended.");

    /// <summary>A malformed [InputShape]: {0} what is wrong.</summary>
    public static readonly DiagnosticDescriptor MalformedInputShape = Error(
        "STK0007",
        "[InputShape] is malformed",
        "[InputShape] is malformed: {0}",
        "The dimensions of an input are sizes (int or long, at least 1) and names (string), one attribute per parameter of forward.");

    /// <summary>A file-local type: {0} the type.</summary>
    public static readonly DiagnosticDescriptor FileLocal = Error(
        "STK0008",
        "A compressible class cannot be file-local",
        "'{0}' is file-local: a generated file cannot add to it; remove the modifier 'file'",
        "A type with the 'file' modifier exists in its own file only, so nothing can be emitted into it.");

    /// <summary>A module in an auto-property: {0} the property, {1} the key of its weights.</summary>
    public static readonly DiagnosticDescriptor AutoPropertyModule = Warning(
        "STK0009",
        "A module is kept in an auto-property",
        "The weights of '{0}' are saved under '{1}', because TorchSharp registers the field behind the auto-property; use a field",
        "TorchSharp registers fields. An auto-property's field is named '<Name>k__BackingField', and so are the keys of its weights in every checkpoint.");

    /// <summary>Statements are kept as they are written: {0} the class, {1} the construct and why.</summary>
    public static readonly DiagnosticDescriptor KeptStatement = Warning(
        "STK0010",
        "Part of forward is opaque",
        "part of the forward of '{0}' is kept as it is written, because {1}; the trainable variants quantize around it, and Convert will refuse the model",
        "Statements that the capture does not understand run in the trainable variants as they are written, on the modules of the variant, with quantizers around them. Modules called in them stay float, and X.Quantized needs every operation known.");

    /// <summary>A rule class has the wrong form: {0} the class, {1} what is wrong.</summary>
    public static readonly DiagnosticDescriptor RuleNotStaticPartial = Error(
        "STK0101",
        "A rewrite rule has to be a static partial class",
        "'{0}' has to be {1} to be a rewrite rule",
        "StickGen adds the compiled rule to the class, so it and the types that contain it have to be partial; a rule holds no state, so it is static; and other classes use it, so it is not private, not generic and not file-local.");

    /// <summary>[Match] is missing, or there is not one [Replace]: {0} the class, {1} the attribute, {2} the number, {3} what is expected.</summary>
    public static readonly DiagnosticDescriptor RuleMethodCount = Error(
        "STK0102",
        "A rewrite rule has a [Match] and one [Replace]",
        "'{0}' has to have {3} marked [{1}], and has {2}",
        "A rewrite rule is one or more patterns ([Match]), any number of conditions ([Where]) and a replacement ([Replace]).");

    /// <summary>A parameter that the pattern does not have: {0} the method, {1} the parameter, {2} why.</summary>
    public static readonly DiagnosticDescriptor RuleUnknownParameter = Error(
        "STK0103",
        "A parameter does not fit the pattern",
        "The parameter '{1}' of '{0}' does not fit the pattern: {2}",
        "The parameters of [Where] and [Replace] are those of [Match], by name: modules and numbers with their type, tensors as GraphValue, all of them nullable if not every alternative binds them. Besides, a RuleMatch; the first one of [Replace] is the Site.");

    /// <summary>[Where] or [Replace] has the wrong signature: {0} the method, {1} what it should have.</summary>
    public static readonly DiagnosticDescriptor RuleSignature = Error(
        "STK0104",
        "A method of a rewrite rule has the wrong signature",
        "'{0}' has to {1}",
        "[Match] takes tensors, lists of them, modules and numbers, and returns a Tensor; [Where] returns bool; [Replace] takes a Site first and returns a Unit, or an array of them.");

    /// <summary>The pattern cannot be compiled: {0} the class, {1} the expression and why.</summary>
    public static readonly DiagnosticDescriptor RulePattern = Error(
        "STK0105",
        "The pattern of a rewrite rule cannot be compiled",
        "The pattern of '{0}' cannot be compiled: {1}",
        "A pattern is an expression of known operations over the tensor and module parameters of the [Match] method.");

    /// <summary>A parameter of [Match] that the pattern does not use: {0} the class, {1} the parameter.</summary>
    public static readonly DiagnosticDescriptor RuleUnusedParameter = Error(
        "STK0106",
        "A parameter of a pattern is not used",
        "The pattern of '{0}' does not use its parameter '{1}', so nothing is bound to it",
        "Every parameter of a [Match] method is bound by the pattern to a value or to a module.");

    /// <summary>A rule of a referenced assembly in a newer form: {0} the rule, {1} its version, {2} the version known.</summary>
    public static readonly DiagnosticDescriptor RuleVersion = Warning(
        "STK0107",
        "A compiled rule is of an unknown version",
        "The rule '{0}' is compiled in form {1}, this StickGen reads form {2}: the rule is left out",
        "A rule travels between assemblies in a versioned text form. Build both with the same version of StickGen.");

    /// <summary>A negative benefit: {0} the class, {1} the benefit.</summary>
    public static readonly DiagnosticDescriptor RuleBenefit = Error(
        "STK0108",
        "The benefit of a rewrite rule is negative",
        "The benefit of '{0}' is {1}, and has to be at least 1, or 0 for the number of nodes in its pattern",
        "Of overlapping matches the one of the rule with the greatest benefit is applied. 0, the default, stands for the number of nodes.");

    /// <summary>A rule of a referenced assembly whose text is no pattern: {0} the rule, {1} its assembly.</summary>
    public static readonly DiagnosticDescriptor RuleDamaged = Warning(
        "STK0109",
        "A compiled rule cannot be read",
        "The compiled form of the rule '{0}' in '{1}' is damaged: the rule is left out; build that assembly again",
        "The form of a rule that travels in the metadata of its assembly is written by the generator alone, and this one is of the right version, and no pattern.");

    private static DiagnosticDescriptor Error(string id, string title, string message, string description) =>
        Create(id, title, message, description, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Warning(string id, string title, string message, string description) =>
        Create(id, title, message, description, DiagnosticSeverity.Warning);

    private static DiagnosticDescriptor Create(
        string id, string title, string message, string description, DiagnosticSeverity severity) =>
        new(id, title, message, Category, severity, isEnabledByDefault: true, description,
            helpLinkUri: HelpLinks.Of(id));
}
