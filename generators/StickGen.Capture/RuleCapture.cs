using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Rules;

namespace StickGen.Capture;

/// <summary>
/// Captures a rewrite rule. Like <see cref="ModelCapture"/> it is shared by generator and analyzers, and never throws.
/// </summary>
internal static class RuleCapture
{
    /// <summary>Captures a rule class of this compilation.</summary>
    public static CaptureResult<CapturedRule> Capture(
        INamedTypeSymbol type, Compilation compilation, CancellationToken cancellationToken)
    {
        var problems = new ProblemList();
        CapturedRule? rule = null;
        try
        {
            rule = new RuleParser(type, compilation, problems, cancellationToken).Parse();
        }
        catch (InsufficientExecutionStackException)
        {
            problems.Add(Descriptors.RulePattern, type.Locations.FirstOrDefault(), type.Name, "its code is nested too deeply");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The compiler would disable the generator for the rest of the session: tell the user instead.
            problems.Add(Descriptors.RulePattern, type.Locations.FirstOrDefault(), type.Name, CompilerFailure.Reason(exception, type, cancellationToken));
        }

        return new(problems.IsFatal ? null : rule, problems.ToImmutable());
    }
}
