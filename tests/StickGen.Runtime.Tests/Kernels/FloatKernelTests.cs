using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;
using StickGen.Runtime.Tests.Reference;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Layers kept in float32 agree with float64 arithmetic, and are the same bits on every instruction set.</summary>
public sealed class FloatKernelTests
{
    private static readonly Window Three = new(3, 1, 1, 1);

    [Property(MaxTest = 60)]
    public void A_float_network_agrees_with_float64(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var (batch, channels, size) = (random.Next(1, 3), random.Next(1, 20), random.Next(4, 9));
        var graph = new ModelGraph("Float");
        var x = graph.AddInput("x", new Shape("batch", channels, size, size));
        var groups = random.Next(2) == 0 ? channels : 1;
        var outputs = groups * random.Next(1, 4);
        var value = graph.Add(
            "conv",
            new Conv2d(new Window(3, random.Next(1, 3), 1, random.Next(1, 3)), groups, Activation.Relu6),
            [x, Constant("conv.weight", outputs, channels / groups, 3, 3), Constant("conv.bias", outputs)]);
        value = graph.Add("activate", new Activate(Activation.Relu), [value]);
        value = graph.Add("add", new Add(Activation.Relu6), [value, value]);
        value = graph.Add("concat", new Concat(1), [value, value]);
        value = graph.Add("max", new MaxPool2d(Three), [value]);
        value = graph.Add("mean", new AvgPool2d(Three, CountIncludePad: random.Next(2) == 0), [value]);
        value = graph.Add("adaptive", new AdaptiveAvgPool2d(new Size2(2, 1)), [value]);
        value = graph.Add("flatten", new Flatten(1), [value]);
        value = graph.Add("linear", new Linear(), [value, Constant("linear.weight", 11, 4 * outputs), Constant("linear.bias", 11)]);
        graph.AddOutput(value);

        var input = Values(batch * channels * size * size);
        var expected = ReferenceModel.Run(graph, ([batch, channels, size, size], input))["linear"].Values;
        var actual = Run(graph, input, "portable");
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-3 * (1 + Math.Abs(expected[i])));
        if (KernelSelector.Select(null).Name is var best and not "portable")
            Assert.Equal(actual, Run(graph, input, best));

        GraphValue Constant(string name, params long[] shape) => graph.AddConstant(
            name, ElementType.Float32, Shape.Of(shape), MemoryMarshal.AsBytes(Values((int)shape.Aggregate(1L, (a, b) => a * b)).AsSpan()).ToArray());

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    [Fact]
    public void Batch_normalization_uses_running_statistics()
    {
        var graph = new ModelGraph("Norm");
        var x = graph.AddInput("x", new Shape("batch", 2, 1, 2));
        graph.AddOutput(graph.Add("norm", new BatchNorm(0.5), [x, Of("γ", 2, 3), Of("β", 1, -1), Of("mean", 4, 10), Of("variance", 3.5f, 0.5f)]));
        Assert.Equal([-1f, 0f, 2f, 5f], Run(graph, [2, 3, 11, 12], "portable"));

        GraphValue Of(string name, params float[] values) =>
            graph.AddConstant(name, ElementType.Float32, Shape.Of(values.Length), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    [Fact]
    public void NaN_goes_through_activations_and_maxima()
    {
        var graph = new ModelGraph("NaN");
        var x = graph.AddInput("x", new Shape("batch", 1, 2, 2));
        var value = graph.Add("relu", new Activate(Activation.Relu6), [x]);
        graph.AddOutput(graph.Add("max", new MaxPool2d(new Window(2, 2, 0, 1)), [value]));
        Assert.Equal([float.NaN, 6f], Run(graph, [float.NaN, 2, 3, 4, 5, 6, 7, 8], "portable"));
    }

    private static float[] Run(ModelGraph graph, float[] input, string instructionSet)
    {
        using var model = QuantizedModel.FromGraph(graph, KernelSelector.Select(instructionSet));
        var output = new float[model.OutputLength(input.Length)];
        model.Run(input, output);
        return output;
    }
}
