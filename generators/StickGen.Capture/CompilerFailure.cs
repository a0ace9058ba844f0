using Microsoft.CodeAnalysis;

namespace StickGen.Capture;

/// <summary>Tells exceptions of the compiler, which code that does not even parse can cause, from mistakes of the capture.</summary>
internal static class CompilerFailure
{
    /// <summary>What to say of an exception that was caught while a class was captured.</summary>
    public static string Reason(Exception exception, INamedTypeSymbol type, CancellationToken cancellationToken) =>
        exception.TargetSite?.DeclaringType?.Assembly.GetName().Name.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) is true
        && type.DeclaringSyntaxReferences.Any(reference => reference.SyntaxTree.GetRoot(cancellationToken).ContainsDiagnostics)
            ? "the code has errors"
            : $"internal error, please report it: {exception.Message}";
}
