using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>Small networks with random weights, scaled so that activations fill their ranges.</summary>
internal sealed class Networks
{
    private readonly Random random;
    private readonly ModelGraph graph;

    private Networks(string name, int seed) => (graph, random) = (new(name), new(seed));

    /// <summary>A stem, two residual blocks of which one is strided, a depthwise convolution, a mean, and a classifier in float.</summary>
    public static ModelGraph ResNet(int seed)
    {
        var net = new Networks("ResNet", seed);
        var graph = net.graph;
        var x = graph.AddInput("image", new Shape("batch", 3, 16, 16));
        var value = graph.Add("image.quantized", new Quantize(), [x], Range(1f / 64, 128));
        value = net.Convolution("stem", value, 8, 3, 1, Activation.Relu, Range(0.02f, 0));
        value = net.Block("block1", value, 8, 1);
        value = net.Block("block2", value, 16, 2);
        value = net.Convolution("depthwise", value, 16, 3, 1, Activation.Relu6, Range(0.03f, 0), groups: 16);
        value = graph.Add("mean", new AdaptiveAvgPool2d(1), [value], Range(0.015f, 0));
        value = graph.Add("flat", new Flatten(1), [value], value.Quantization);
        value = graph.Add("dropout", new Dropout(0.5), [value], value.Quantization);
        var real = graph.Add("features", new Dequantize(), [value]);
        graph.AddOutput(graph.Add("logits", new Linear(), [real, net.Floats("fc.weight", 1, 10, 16), net.Floats("fc.bias", 0.1f, 10)]));
        return graph;
    }

    /// <summary>Every operation in float32, with random settings.</summary>
    public static ModelGraph Float(int seed, int channels, int size)
    {
        var net = new Networks("Float", seed);
        var (graph, random) = (net.graph, net.random);
        var x = graph.AddInput("x", new Shape("batch", channels, size, size));
        var groups = random.Next(2) == 0 ? channels : 1;
        var outputs = groups * random.Next(1, 4);
        var value = graph.Add(
            "conv",
            new Conv2d(new Window(3, random.Next(1, 3), 1, random.Next(1, 3)), groups, (Activation)random.Next(3)),
            [x, net.Floats("conv.weight", 0.5f, outputs, channels / groups, 3, 3), net.Floats("conv.bias", 1, outputs)]);
        value = graph.Add(
            "norm",
            new BatchNorm(1e-5),
            [value, net.Floats("norm.weight", 1, outputs), net.Floats("norm.bias", 1, outputs), net.Floats("norm.mean", 1, outputs), net.Positive("norm.variance", outputs)]);
        value = graph.Add("activate", new Activate((Activation)random.Next(1, 3)), [value]);
        value = graph.Add("add", new Add((Activation)random.Next(3)), [value, value]);
        value = graph.Add("concat", new Concat(random.Next(2) == 0 ? 1 : -3), [value, value]);
        value = graph.Add("max", new MaxPool2d(new Window(2, 1, 1, 2), random.Next(2) == 0), [value]);
        value = graph.Add("mean", new AvgPool2d(new Window(3, 2, 1, 1), random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0 ? null : 5), [value]);
        value = graph.Add("adaptive", new AdaptiveAvgPool2d(new Size2(random.Next(1, 4), random.Next(1, 4))), [value]);
        value = graph.Add("dropout", new Dropout(0.1), [value]);
        // Linear over the last of four dimensions, then over a matrix.
        value = graph.Add("rows", new Linear(Activation.Relu), [value, net.Floats("rows.weight", 1, 5, value.Shape![3].Size), net.Floats("rows.bias", 1, 5)]);
        value = graph.Add("flatten", new Flatten(1), [value]);
        value = graph.Add("linear", new Linear(), [value, net.Floats("linear.weight", 1, 11, value.Shape![1].Size), net.Floats("linear.bias", 1, 11)]);
        graph.AddOutput(value);
        return graph;
    }

    /// <summary>Rows in float32: arithmetic with numbers and values, functions, products, softmax, normalization, means.</summary>
    public static ModelGraph FloatRows(int seed)
    {
        var net = new Networks("FloatRows", seed);
        var (graph, random) = (net.graph, net.random);
        var (rows, columns) = (random.Next(1, 8), random.Next(1, 20));
        var x = graph.AddInput("x", new Shape("batch", rows, columns));
        var value = graph.Add("norm", new Normalize("layer_norm", random.Next(1, 3)), [x]);
        value = graph.Add("scaled", new Arithmetic(ArithmeticFunction.Multiply, 0.75), [value]);
        value = graph.Add("from", new Arithmetic(ArithmeticFunction.Subtract, 0.5, NumberFirst: true), [value]);
        ElementFunction[] functions = [
            ElementFunction.Relu, ElementFunction.Sigmoid, ElementFunction.Tanh, ElementFunction.Exp, ElementFunction.Erf, ElementFunction.Gelu, ElementFunction.Abs, ElementFunction.Neg];
        value = graph.Add("function", new Elementwise(functions[random.Next(functions.Length)]), [value]);
        var positive = graph.Add("root", new Elementwise(ElementFunction.Sqrt), [graph.Add("one", new Arithmetic(ArithmeticFunction.Add, 1), [graph.Add("absolute", new Elementwise(ElementFunction.Abs), [x])])]);
        value = graph.Add("divided", new Arithmetic(ArithmeticFunction.Divide), [value, graph.Add("mean", new Reduce(random.Next(2) == 0 ? "mean" : "sum", [-1], true), [positive])]);
        value = graph.Add("scores", new MatMul(), [value, graph.Add("transposed", new Permute([0, 2, 1]), [x])]);
        value = graph.Add("softmax", new Softmax(-1), [value]);
        value = graph.Add("difference", new Arithmetic(ArithmeticFunction.Subtract), [graph.Add("product", new MatMul(), [value, x]), graph.Add("inverse", new Elementwise(ElementFunction.Reciprocal), [positive])]);
        graph.AddOutput(value);
        return graph;
    }

    public static float[] Input(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 3) - 1.5f)];
    }

    /// <summary>Images of 3×16×16 that differ in the mean of each channel, as photographs do, so that their answers do too.</summary>
    public static float[] Images(int count, int seed)
    {
        var random = new Random(seed);
        var images = new float[count * 3 * 256];
        foreach (var channel in Enumerable.Range(0, count * 3))
        {
            var mean = (random.NextSingle() * 3) - 1.5f;
            foreach (ref var pixel in images.AsSpan(channel * 256, 256))
                pixel = mean + random.NextSingle() - 0.5f;
        }

        return images;
    }

    private GraphValue Block(string name, GraphValue input, int channels, int stride)
    {
        // What is added has one scale and zero point, whichever branch it comes from.
        var common = Range(0.04f, 120);
        var value = Convolution($"{name}.conv1", input, channels, 3, stride, Activation.Relu, Range(0.02f, 0));
        value = Convolution($"{name}.conv2", value, channels, 3, 1, Activation.None, common);
        var shortcut = Convolution($"{name}.down", input, channels, 1, stride, Activation.None, common);
        return graph.Add($"{name}.add", new Add(Activation.Relu), [value, shortcut], Range(0.025f, 0));
    }

    private GraphValue Convolution(
        string name, GraphValue input, int outputs, int kernel, int stride, Activation activation, ValueQuantization output, int groups = 1)
    {
        var inputs = (int)input.Shape![1].Size / groups;
        var weights = new sbyte[outputs * inputs * kernel * kernel];
        foreach (ref var w in weights.AsSpan())
            w = (sbyte)random.Next(-127, 128);
        var reach = input.Quantization!.Scale * 73 * 73 * Math.Sqrt(inputs * kernel * kernel);
        ImmutableArray<float> scales =
            [.. Enumerable.Range(0, outputs).Select(_ => (float)(output.Scale * 80 / reach * (0.5 + random.NextDouble())))];
        var bias = new int[outputs];
        foreach (ref var b in bias.AsSpan())
            b = random.Next(-5000, 5000);
        return graph.Add(
            name,
            new Conv2d(new Window(kernel, stride, kernel / 2, 1), groups, activation),
            [
                input,
                graph.AddConstant(
                    $"{name}.weight", ElementType.Int8, Shape.Of(outputs, inputs, kernel, kernel), Bytes(weights), ValueQuantization.PerChannel(scales, 0, -127, 127)),
                graph.AddConstant($"{name}.bias", ElementType.Int32, Shape.Of(outputs), Bytes(bias)),
            ],
            output);
    }

    private GraphValue Floats(string name, float reach, params long[] shape) => Constant(name, shape, () => ((random.NextSingle() * 2) - 1) * reach);

    private GraphValue Positive(string name, int count) => Constant(name, [count], () => 0.2f + random.NextSingle());

    private GraphValue Constant(string name, long[] shape, Func<float> next)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        foreach (ref var value in values.AsSpan())
            value = next();
        return graph.AddConstant(name, ElementType.Float32, Shape.Of(shape), Bytes(values));
    }

    private static ValueQuantization Range(float scale, int zeroPoint) => ValueQuantization.PerTensor(scale, zeroPoint, 0, 255);

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
