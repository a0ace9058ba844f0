using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>Computes a traced model node by node, with TorchSharp's modules and functions.</summary>
internal static class PatternReference
{
    public static Tensor Compute(TracedModel model, Tensor[] inputs)
    {
        var values = model.Graph.Inputs.Zip(inputs).ToDictionary(pair => pair.First, pair => pair.Second);
        foreach (var node in model.Nodes)
            values.Add(node.Output, Compute(node, [.. node.Inputs.Select(i => values[i])]));
        return values[model.Graph.Outputs[0]];
    }

    private static Tensor Compute(TracedNode node, Tensor[] x) => (node.Module, node.Node.Operation) switch
    {
        (nn.IModule<Tensor, Tensor> module, _) => module.call(x[0]),
        (null, Activate { Activation: Activation.Relu }) => x[0].relu(),
        (null, Activate { Activation: Activation.Relu6 }) => x[0].relu6(),
        (null, Elementwise function) => ElementFunctions.Apply(function, x[0]),
        (null, Add) => x[0] + x[^1],
        (null, Concat concat) => cat(x, concat.Axis),
        (null, Softmax { Logarithm: false } softmax) => x[0].softmax(softmax.Axis),
        (null, Flatten flatten) => x[0].flatten(flatten.Start, flatten.End),
        (null, Dropout) => x[0],
        (null, MatMul) => x[0].matmul(x[^1]),
        (null, Arithmetic arithmetic) => Arithmetic(arithmetic, x),
        _ => throw new CompressionException($"Verify cannot compute '{node.Name}' ({node.Node.Operation})."),
    };

    private static Tensor Arithmetic(Arithmetic operation, Tensor[] x)
    {
        var (left, right) = operation switch
        {
            { Number: null } => (x[0], x[^1]),
            { Number: { } number, NumberFirst: true } => (full_like(x[0], number), x[0]),
            { Number: { } number } => (x[0], full_like(x[0], number)),
        };
        return operation.Function switch
        {
            ArithmeticFunction.Add => left + right,
            ArithmeticFunction.Subtract => left - right,
            ArithmeticFunction.Multiply => left * right,
            ArithmeticFunction.Divide => left / right,
            ArithmeticFunction.Minimum => left.minimum(right),
            ArithmeticFunction.Maximum => left.maximum(right),
            _ => left.pow(right),
        };
    }
}
