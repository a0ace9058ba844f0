using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture;

/// <summary>
/// Captures a module class. The generator emits from what it returns and the analyzers report from it, so that what the
/// IDE promises is what the build does. It never throws (but for cancellation), whatever the code looks like.
/// </summary>
internal static class ModelCapture
{
    /// <summary>Captures the class that is declared here, wherever its other parts are.</summary>
    public static CaptureResult<CapturedModel> Capture(
        ClassDeclarationSyntax declaration, SemanticModel semanticModel, CancellationToken cancellationToken) =>
        semanticModel.GetDeclaredSymbol(declaration, cancellationToken) is { } type
            ? Capture(type, semanticModel.Compilation, cancellationToken)
            : new(null, []);

    /// <summary>Captures a class of this compilation; it is treated as compressible whether it is marked so or not.</summary>
    /// <param name="type">The class.</param>
    /// <param name="compilation">The compilation that it is declared in.</param>
    /// <param name="cancellationToken">Ends the capture.</param>
    /// <param name="advise">Whether to look for mistakes too that the capture itself does not depend on. The generator does without.</param>
    public static CaptureResult<CapturedModel> Capture(
        INamedTypeSymbol type, Compilation compilation, CancellationToken cancellationToken, bool advise = false)
    {
        var problems = new ProblemList();
        CapturedModel? model = null;
        try
        {
            model = new ModelParser(type, compilation, problems, advise, cancellationToken).Parse();
        }
        catch (InsufficientExecutionStackException)
        {
            problems.Add(Descriptors.NotCaptured, type.Locations.FirstOrDefault(), type.Name, "its code is nested too deeply");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The compiler would disable the generator for the rest of the session: tell the user instead.
            problems.Add(Descriptors.NotCaptured, type.Locations.FirstOrDefault(), type.Name, CompilerFailure.Reason(exception, type, cancellationToken));
        }

        return new(problems.IsFatal ? null : model, problems.ToImmutable());
    }
}
