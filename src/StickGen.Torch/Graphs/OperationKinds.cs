using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>What patterns call the operations of a graph.</summary>
internal static class OperationKinds
{
    /// <summary>The kind of a node, as in <c>NodeKinds</c>.</summary>
    public static string Of(GraphNode node) => node.Operation switch
    {
        Activate { Activation: Activation.Relu } => "relu",
        Activate { Activation: Activation.Relu6 } => "relu6",
        Elementwise { Function: ElementFunction.GeluTanh } => "gelu",
        Elementwise e => Words(e.Function.ToString()),
        Arithmetic a => OfArithmetic(a.Function),
        BatchNorm => node.Inputs[0].Shape?.Rank switch { 2 or 3 => "batch_norm1d", 5 => "batch_norm3d", _ => "batch_norm2d" },
        Convolution c => $"{(c.OutputPadding is null ? "conv" : "conv_transpose")}{c.Kernel.Count}d",
        Softmax { Logarithm: true } => "log_softmax",
        Select => "select",
        Permute => "permute",
        Reduce r => r.Function,
        Rearrange r => r.Function,
        Normalize n => n.Function == "instance_norm" ? "instance_norm2d" : n.Function,
        Combine c => c.Function,
        Call => Kinds.NodeKinds.Operation,
        Create c => c.Function,
        Map m => m.Function,
        Pool p => p.Function,
        Resize r => r.Function,
        var operation => operation.Kind,
    };

    private static string OfArithmetic(ArithmeticFunction function) => function switch
    {
        ArithmeticFunction.Add => "add_scaled",
        ArithmeticFunction.Subtract => "sub",
        ArithmeticFunction.Multiply => "mul",
        ArithmeticFunction.Divide => "div",
        ArithmeticFunction.Power => "pow",
        _ => function.ToString().ToLowerInvariant(),
    };

    /// <summary><c>leaky_relu</c> for <c>LeakyRelu</c>.</summary>
    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
