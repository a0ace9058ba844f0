using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace StickGen.Benchmarks.Deploy;

/// <summary>A float network in TorchSharp: the calls that a module's <c>forward</c> makes, without gradients.</summary>
internal sealed class TorchContender : IContender
{
    private readonly ModelGraph graph;
    private readonly Dictionary<GraphValue, Tensor> constants = [];
    private readonly float[] output;
    private readonly float[] input;
    private readonly long[] inputSizes;

    public TorchContender(ModelGraph graph, float[] input)
    {
        (this.graph, this.input) = (graph, input);
        inputSizes = Sizes(graph.Inputs[0]);
        output = new float[graph.Outputs[0].Shape!.ElementCount.Size];
        foreach (var constant in graph.Values.Values.Where(v => v.IsConstant))
            constants.Add(constant, tensor(MemoryMarshal.Cast<byte, float>(constant.Data.Span).ToArray(), Sizes(constant)));
    }

    public string Name => "torchsharp_fp32";

    public ReadOnlySpan<float> Output => output;

    public void Run()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var values = new Dictionary<GraphValue, Tensor> { [graph.Inputs[0]] = tensor(input, inputSizes) };
        foreach (var node in graph.Nodes)
            values.Add(node.Output, Compute(node, i => i >= node.Inputs.Count ? null : constants.TryGetValue(node.Inputs[i], out var c) ? c : values[node.Inputs[i]]));
        values[graph.Outputs[0]].data<float>().CopyTo(output);
    }

    public void Dispose()
    {
        foreach (var constant in constants.Values)
            constant.Dispose();
    }

    private static Tensor Compute(GraphNode node, Func<int, Tensor?> at) => node.Operation switch
    {
        Conv2d conv => Activate(
            F.conv2d(
                at(0)!,
                at(1)!,
                at(2),
                [conv.Window.Stride.Height, conv.Window.Stride.Width],
                [conv.Window.Padding.Height, conv.Window.Padding.Width],
                [conv.Window.Dilation.Height, conv.Window.Dilation.Width],
                conv.Groups),
            conv.Activation),
        Linear linear => Activate(F.linear(at(0)!, at(1)!, at(2)), linear.Activation),
        Add add => Activate(at(0)!.add(at(1)!), add.Activation),
        MaxPool2d pool => F.max_pool2d(at(0)!, pool.Window.Kernel.Height, pool.Window.Stride.Height, pool.Window.Padding.Height),
        AdaptiveAvgPool2d pool => F.adaptive_avg_pool2d(at(0)!, pool.Output.Height),
        Flatten flatten => at(0)!.flatten(flatten.Start, flatten.End),
        MatMul => at(0)!.matmul(at(1)!),
        Softmax softmax => at(0)!.softmax(softmax.Axis),
        Normalize { Function: "layer_norm" } norm => F.layer_norm(at(0)!, at(0)!.shape[^norm.Size..], at(1), at(2), norm.Epsilon),
        Elementwise { Function: ElementFunction.Gelu } => F.gelu(at(0)!),
        Permute permute => at(0)!.permute([.. permute.Order.Select(a => (long)a)]),
        Reshape => at(0)!.reshape(Sizes(node.Output)),
        _ => throw new NotSupportedException($"The benchmark has no TorchSharp form of {node.Operation}."),
    };

    private static Tensor Activate(Tensor value, Activation activation) => activation switch
    {
        Activation.Relu => value.relu_(),
        Activation.Relu6 => value.clamp_(0, 6),
        _ => value,
    };

    private static long[] Sizes(GraphValue value) => [.. value.Shape!.Select(d => d.Size)];
}
