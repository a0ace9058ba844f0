using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>
/// Graphs of one operation between quantize and dequantize, of random shape and settings, with scales as a calibration would
/// choose them: the result fills its range. (Where a step of the result is smaller than one of the accumulator, float32 sums say nothing.)
/// </summary>
internal sealed class OneOperation
{
    private readonly Random random;
    private readonly ModelGraph graph = new("One");
    private readonly GraphValue input;

    public OneOperation(int seed, params int[] shape)
    {
        random = new(seed);
        InputShape = shape.Length > 0 ? shape : [random.Next(1, 4), random.Next(1, 33), random.Next(1, 13), random.Next(1, 13)];
        var x = graph.AddInput("x", new Shape(["batch", .. InputShape.Skip(1).Select(s => (Dimension)s)]));
        input = graph.Add("x.quantized", new Quantize(), [x], AnyRange(0.02f + random.NextSingle()));
    }

    public int[] InputShape { get; }

    public ModelGraph Graph => graph;

    /// <summary>The integers, as the real numbers that they stand for.</summary>
    public float[] Input()
    {
        var q = input.Quantization!;
        var values = new float[InputShape.Aggregate(1, (a, b) => a * b)];
        foreach (ref var x in values.AsSpan())
        {
            // Often at the ends, where sums are largest.
            var integer = random.Next(4) switch { 0 => q.High, 1 => q.Low, _ => random.Next(q.Low, q.High + 1) };
            x = q.Scale * (integer - q.ZeroPoint);
        }

        return values;
    }

    public OneOperation Convolution()
    {
        var channels = InputShape[1];
        var groups = random.Next(3) switch { 0 => channels, 1 when channels % 2 == 0 => 2, _ => 1 };
        var outputs = groups * random.Next(1, Math.Max(2, 33 / groups));
        var window = Windows.Any(random, InputShape[2], InputShape[3]);
        return Layer(new Conv2d(window, groups, AnyActivation()), input, [outputs, channels / groups, window.Kernel.Height, window.Kernel.Width]);
    }

    public OneOperation Linear()
    {
        var rank = random.Next(3);
        var value = rank switch
        {
            0 => input,
            1 => graph.Add("flat", new Flatten(1), [input], input.Quantization),
            _ => graph.Add("rows", new Flatten(0, 2), [input], input.Quantization),
        };
        return Layer(new Linear(AnyActivation()), value, [random.Next(1, 40), value.Shape![-1].Size]);
    }

    public OneOperation MaxPool() => Add(new MaxPool2d(HalfPadded(Windows.Any(random, InputShape[2], InputShape[3])), random.Next(2) == 0), sameRange: true);

    public OneOperation AveragePool()
    {
        var window = HalfPadded(Windows.Any(random, InputShape[2], InputShape[3], dilated: false));
        int? divisor = random.Next(4) == 0 ? random.Next(1, 12) : null;
        return Add(new AvgPool2d(window, random.Next(2) == 0, random.Next(2) == 0, divisor));
    }

    public OneOperation AdaptivePool() => Add(new AdaptiveAvgPool2d(new Size2(random.Next(0, 6), random.Next(0, 6))));

    public OneOperation Activation() => Add(new Activate(random.Next(2) == 0 ? Operations.Activation.Relu : Operations.Activation.Relu6), sameRange: true);

    public OneOperation Lookup()
    {
        var output = AnyRange(0.1f);
        var table = new byte[256];
        foreach (ref var entry in table.AsSpan())
            entry = (byte)random.Next(output.Low, output.High + 1);
        return End(graph.Add("result", new Lookup(), [input, graph.AddConstant("table", ElementType.UInt8, Shape.Of(256), table)], output));
    }

    public OneOperation Arithmetic()
    {
        var function = (ArithmeticFunction)random.Next(3);
        var other = random.Next(2) == 0 ? input : graph.Add("other", new Slice(1, random.Next(InputShape[1]), 1), [input], input.Quantization);
        var q = input.Quantization!;
        return End(graph.Add("result", new Arithmetic(function), [input, other], AnyRange(function == ArithmeticFunction.Multiply ? q.Scale * q.Scale * (q.High - q.Low) : 2 * q.Scale)));
    }

    public OneOperation Mean() => Add(
        new Reduce(random.Next(3) == 0 ? "sum" : "mean", random.Next(3) switch { 0 => [2, 3], 1 => [1], _ => [-1] }, random.Next(2) == 0));

    public OneOperation Move() => Add(
        random.Next(5) switch
        {
            0 => new Permute([0, 2, -1, 1]),
            1 => new Slice(random.Next(2) == 0 ? 1 : -3, random.Next(2) == 0 ? 0 : -1, 1),
            2 => new Select(2, -1),
            3 => new Expand(new(["batch", .. InputShape.Skip(1).Select(size => (Dimension)size)])),
            _ => new Upsample(new Size2(random.Next(1, 4), random.Next(1, 4))),
        },
        sameRange: true);

    public OneOperation MatMul()
    {
        var q = input.Quantization!;
        var other = graph.Add("other", new Permute([0, 1, 3, 2]), [input], q);
        var reach = q.Scale * q.Scale * (q.High - q.Low) * (float)Math.Sqrt(InputShape[3]);
        return End(graph.Add("result", new MatMul(), [input, other], AnyRange(reach)));
    }

    public OneOperation Softmax()
    {
        var scale = (double)input.Quantization!.Scale;
        var entries = Enumerable.Range(0, 256).Select(d => (int)Math.Round(Operations.Softmax.One * Math.Exp(-scale * d))).ToArray();
        var table = graph.AddConstant("table", ElementType.Int32, Shape.Of(256), Bytes(entries));
        return End(graph.Add("result", new Softmax(-1), [input, table], ValueQuantization.PerTensor(1f / 255, 0, 0, 255)));
    }

    public OneOperation LayerNorm()
    {
        var values = Enumerable.Range(0, InputShape[3]).Select(_ => random.NextSingle() + 0.5f).ToArray();
        var weight = graph.AddConstant("weight", ElementType.Float32, Shape.Of(values.Length), Bytes(values));
        return End(graph.Add("result", new Normalize("layer_norm", 1), [input, weight], AnyRange(0.05f)));
    }

    public OneOperation GroupNorm()
    {
        var channels = InputShape[1];
        var divisors = Enumerable.Range(1, channels).Where(d => channels % d == 0).ToArray();
        List<GraphValue> inputs = [input];
        foreach (var (name, mean) in new[] { ("weight", 0.5f), ("bias", -0.5f) }.Take(random.Next(3)))
            inputs.Add(graph.AddConstant(name, ElementType.Float32, Shape.Of(channels), Bytes(Enumerable.Range(0, channels).Select(_ => random.NextSingle() + mean).ToArray())));
        return End(graph.Add("result", new Normalize("group_norm", divisors[random.Next(divisors.Length)]), [.. inputs], AnyRange(0.05f)));
    }

    public OneOperation Dropout() => Add(new Dropout(0.5), sameRange: true);

    public OneOperation Flatten() => Add(new Flatten(random.Next(0, 2), random.Next(2, 4)), sameRange: true);

    public OneOperation Reshape() =>
        Add(new Reshape(["batch", InputShape[3], Dimension.Unknown, InputShape[1]]), sameRange: true);

    public OneOperation Sum()
    {
        var other = graph.Add("other", new Activate(Operations.Activation.Relu), [input], input.Quantization);
        return End(graph.Add("result", new Add(AnyActivation()), [input, other], AnyRange(2 * input.Quantization!.Scale)));
    }

    public OneOperation Concatenation()
    {
        var other = graph.Add("other", new Activate(Operations.Activation.Relu6), [input], input.Quantization);
        return End(graph.Add("result", new Concat(random.Next(-3, 4) is var axis && axis == 0 ? 1 : axis), [other, input, other], input.Quantization));
    }

    private OneOperation Add(Operation operation, bool sameRange = false) =>
        End(graph.Add("result", operation, [input], sameRange ? input.Quantization : AnyRange(input.Quantization!.Scale)));

    private OneOperation Layer(Operation operation, GraphValue value, long[] shape)
    {
        var (outputs, products) = ((int)shape[0], shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        var style = random.Next(3);
        var high = style == 0 ? 127 : (1 << random.Next(1, 8)) - 1;
        var weights = new sbyte[outputs * products];
        foreach (ref var w in weights.AsSpan())
            w = (sbyte)(style == 2 ? random.Next(-high, high + 1) : random.Next(2) == 0 ? high : -high);
        ImmutableArray<float> scales = [.. Enumerable.Range(0, random.Next(3) == 0 ? 1 : outputs).Select(_ => 0.001f + (0.01f * random.NextSingle()))];
        var quantization = scales.Length == outputs
            ? ValueQuantization.PerChannel(scales, 0, -high, high)
            : ValueQuantization.PerTensor(scales[0], 0, -high, high);
        var reach = (value.Quantization!.High - value.Quantization.Low) * high * Math.Sqrt(products);
        List<GraphValue> inputs = [value, graph.AddConstant("weight", ElementType.Int8, Shape.Of(shape), Bytes(weights), quantization)];
        if (random.Next(4) > 0)
        {
            var bias = Enumerable.Range(0, outputs).Select(_ => random.Next((int)-reach, (int)reach + 1)).ToArray();
            inputs.Add(graph.AddConstant("bias", ElementType.Int32, Shape.Of(outputs), Bytes(bias)));
        }

        // AnyRange makes a step of 8 bits smaller by as much as it has more of them.
        var step = (float)(value.Quantization.Scale * scales.Max() * reach / 255 * 2);
        return End(graph.Add("result", operation, CollectionsMarshal.AsSpan(inputs), AnyRange(step)));
    }

    private OneOperation End(GraphValue value)
    {
        graph.AddOutput(graph.Add("real", new Dequantize(), [value]));
        return this;
    }

    /// <summary>2 to 8 bits, mostly 8; zero points at the ends and inside; sometimes a folded range.</summary>
    private ValueQuantization AnyRange(float stepOf8Bits)
    {
        var bits = random.Next(2) == 0 ? 8 : random.Next(2, 9);
        var high = (1 << bits) - 1;
        var zeroPoint = random.Next(4) switch { 0 => 0, 1 => high, _ => random.Next(high + 1) };
        var low = random.Next(4) == 0 ? random.Next(zeroPoint + 1) : 0;
        return ValueQuantization.PerTensor(stepOf8Bits * 255 / high, zeroPoint, low == high ? 0 : low, high);
    }

    private Activation AnyActivation() => (Activation)random.Next(3);

    private static Window HalfPadded(Window window) => window with
    {
        Padding = new(Half(window.Padding.Height, window.Kernel.Height, window.Dilation.Height), Half(window.Padding.Width, window.Kernel.Width, window.Dilation.Width)),
    };

    private static int Half(int padding, int kernel, int dilation) => Math.Min(padding, (((kernel - 1) * dilation) + 1) / 2);

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
