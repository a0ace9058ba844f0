using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;

namespace StickGen.Capture.Forward;

/// <summary>Names the constructs that are not captured.</summary>
internal static class Unsupported
{
    /// <summary>The rule that a statement breaks.</summary>
    public static DiagnosticDescriptor RuleOf(IOperation operation) =>
        operation is IWhileLoopOperation ? Descriptors.WhileLoop : Descriptors.NotCaptured;

    public static string Statement(IOperation operation) => operation switch
    {
        IInvalidOperation => "the code has errors",
        IWhileLoopOperation => "'while' is not supported",
        ITryOperation => "'try' is not supported",
        ILockOperation => "'lock' is not supported",
        IBranchOperation or ILabeledOperation => "jumps are not supported",
        _ => $"'{Shorten(operation)}' is not understood",
    };

    public static string Expression(IOperation operation) => operation switch
    {
        IInvalidOperation => "the code has errors",
        IConditionalOperation => "a conditional tensor ('?:') is not supported yet",
        ICoalesceOperation => "a conditional tensor ('??') is not supported yet",
        IConditionalAccessOperation => "a conditional tensor ('?.') is not supported yet",
        ISwitchExpressionOperation => "a conditional tensor ('switch') is not supported yet",
        ITupleOperation => "several results are not supported yet",
        IAwaitOperation => "'await' is not supported",
        _ => $"'{Shorten(operation)}' is not understood",
    };

    private static string Shorten(IOperation operation)
    {
        var text = OneLine.Of(operation.Syntax);
        return text.Length <= 60 ? text : text.Substring(0, 59) + "…";
    }
}
