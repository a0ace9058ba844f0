using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Models;

/// <summary>
/// Random graphs that keep the conventions, with a taste for extremes: weights all ±127, zero points at the ends of their
/// range, windows of every kind.
/// </summary>
internal sealed class RandomModel
{
    private readonly Random random;
    private readonly ModelGraph graph = new("Random");
    private readonly List<GraphValue> images = [];
    private int names;

    private RandomModel(int seed) => random = new(seed);

    public required int[] InputShape { get; init; }

    public ModelGraph Graph => graph;

    /// <summary>A model of several layers, ending with linear layers.</summary>
    public static RandomModel Create(int seed, int layers = 6)
    {
        var random = new Random(seed ^ 0x5EED);
        var model = Start(seed, [random.Next(1, 4), random.Next(1, 20), random.Next(1, 13), random.Next(1, 13)]);
        for (var i = 0; i < layers; i++)
            model.AddAny();
        model.End();
        return model;
    }

    /// <summary>A model of one layer, between quantize and dequantize.</summary>
    public static RandomModel Single(int seed, Action<RandomModel> add, int[]? shape = null)
    {
        var random = new Random(seed ^ 0x5EED);
        var model = Start(seed, shape ?? [random.Next(1, 4), random.Next(1, 36), random.Next(1, 13), random.Next(1, 13)]);
        add(model);
        model.graph.AddOutput(model.graph.Add("result", new Dequantize(), [model.images[^1]]));
        return model;
    }

    public float[] Input(int seed)
    {
        var values = new Random(seed);
        var input = new float[InputShape.Aggregate(1, (a, b) => a * b)];
        foreach (ref var x in input.AsSpan())
        {
            x = values.Next(20) switch
            {
                0 => float.NaN,
                1 => float.PositiveInfinity,
                2 => float.NegativeInfinity,
                < 6 => (values.Next(2) * 2000f) - 1000f,
                _ => (values.NextSingle() * 12f) - 5f,
            };
        }

        return input;
    }

    public void AddConvolution()
    {
        var input = Pick();
        var (channels, height, width) = Size(input);
        var kind = random.Next(4);
        var groups = kind switch
        {
            0 when channels > 1 => channels,
            1 => Divisor(channels),
            _ => 1,
        };
        var outputs = groups * (kind == 0 ? random.Next(3) == 0 ? 2 : 1 : random.Next(1, 1 + Math.Max(1, 36 / groups)));
        var window = Window(height, width, maxPadding: 3);
        Add(new Conv2d(window, groups, AnyActivation()), input, [outputs, channels / groups, window.Kernel.Height, window.Kernel.Width]);
    }

    public void AddMaxPool()
    {
        var input = Pick();
        var (_, height, width) = Size(input);
        var window = Window(height, width, maxPadding: 3);
        window = window with { Padding = new(Math.Min(window.Padding.Height, window.Kernel.Height / 2), Math.Min(window.Padding.Width, window.Kernel.Width / 2)) };
        if (Fits(window, height, width))
            Add(new MaxPool2d(window, random.Next(2) == 0), [input], input.Quantization);
    }

    public void AddAveragePool()
    {
        var input = Pick();
        var (_, height, width) = Size(input);
        var window = Window(height, width, maxPadding: 3) with { Dilation = 1 };
        window = window with { Padding = new(Math.Min(window.Padding.Height, window.Kernel.Height / 2), Math.Min(window.Padding.Width, window.Kernel.Width / 2)) };
        int? divisor = random.Next(4) == 0 ? random.Next(1, 12) : null;
        if (Fits(window, height, width))
            Add(new AvgPool2d(window, random.Next(2) == 0, random.Next(2) == 0, divisor), [input], AnyQuantization());
    }

    public void AddAdaptivePool() =>
        Add(new AdaptiveAvgPool2d(new Size2(random.Next(0, 5), random.Next(0, 5))), [Pick()], AnyQuantization());

    public void AddActivation()
    {
        var input = Pick();
        Add(new Activate(random.Next(2) == 0 ? Activation.Relu : Activation.Relu6), [input], input.Quantization);
    }

    public void AddLookup()
    {
        var (input, output) = (Pick(), AnyQuantization());
        var table = graph.AddConstant($"table{names++}", ElementType.UInt8, Shape.Of(256), Table(output));
        Add(new Lookup(), [input, table], output);
    }

    /// <summary>Arithmetic with the image itself, with what it is in each channel, or with what it is in each sample.</summary>
    public void AddArithmetic()
    {
        var input = Pick();
        var function = (ArithmeticFunction)random.Next(3);
        GraphValue other = random.Next(3) switch
        {
            0 => input,
            1 => Add(new AdaptiveAvgPool2d(1), [input], input.Quantization, isImage: false),
            _ => Add(new Slice(1, random.Next(Size(input).Channels), 1), [input], input.Quantization, isImage: false),
        };
        Add(new Arithmetic(function), random.Next(2) == 0 ? [input, other] : [other, input], AnyQuantization());
    }

    public void AddMean()
    {
        var input = Pick();
        IntegerList axes = random.Next(5) switch { 0 => [2, 3], 1 => [1], 2 => [-1], 3 => [1, 2, 3], _ => [2] };
        var mean = Add(new Reduce(random.Next(3) == 0 ? "sum" : "mean", axes, KeepDimensions: true), [input], AnyQuantization());
        if (random.Next(2) == 0)
            Add(new Expand(input.Shape!), [mean], mean.Quantization);
    }

    public void AddMove()
    {
        var input = Pick();
        var (channels, height, width) = Size(input);
        Operation operation = random.Next(6) switch
        {
            0 => new Permute(Orders[random.Next(Orders.Length)]),
            1 => new Slice(-1, -1 - random.Next(width), 1),
            2 => Sliced(1, channels),
            3 => Sliced(2, height),
            4 => new Select(random.Next(2) == 0 ? 1 : -3, -1 - random.Next(channels)),
            _ => new Upsample(new Size2(random.Next(1, 4), random.Next(1, 4))),
        };
        var moved = Add(operation, [input], input.Quantization, isImage: operation is not Select);
        if (operation is Select)
            Add(new Reshape(["batch", 1, height, width]), [moved], input.Quantization);

        Slice Sliced(int axis, int size)
        {
            var (start, step) = (random.Next(size), random.Next(1, 4));
            return new(axis, start, random.Next(1, 2 + ((size - 1 - start) / step)), step);
        }
    }

    /// <summary>The product of an image's matrices with themselves, transposed.</summary>
    public void AddMatMul()
    {
        var input = Pick();
        var other = Add(new Permute([0, 1, 3, 2]), [input], input.Quantization, isImage: false);
        if (random.Next(2) == 0)
            other = Add(new Slice(1, random.Next(Size(input).Channels), 1), [other], input.Quantization, isImage: false);
        Add(new MatMul(), random.Next(2) == 0 ? [input, other] : [other, input], AnyQuantization());
    }

    public void AddSoftmax()
    {
        var input = Pick();
        var scale = input.Quantization!.Scale;
        var entries = Enumerable.Range(0, 256).Select(d => (int)Math.Round(Softmax.One * Math.Exp(-scale * d))).ToArray();
        Add(new Softmax(-1), [input, graph.AddConstant($"table{names++}", ElementType.Int32, Shape.Of(256), Bytes(entries))], AnyQuantization());
    }

    public void AddNormalization()
    {
        var input = Pick();
        var (channels, height, width) = Size(input);
        var dimensions = random.Next(1, 4);
        var normalize = random.Next(2) == 0 ? new Normalize("layer_norm", dimensions, 1e-5) : new Normalize("group_norm", Divisor(channels), 1e-6);
        long[] shape = normalize.Function == "group_norm" ? [channels] : [.. ((long[])[channels, height, width])[^dimensions..]];
        List<GraphValue> inputs = [input];
        for (var i = random.Next(3); i > 0; i--)
        {
            var values = Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (random.NextSingle() * 4f) - 2f).ToArray();
            inputs.Add(graph.AddConstant($"parameter{names++}", ElementType.Float32, Shape.Of(shape), Bytes(values)));
        }

        Add(normalize, CollectionsMarshal.AsSpan(inputs), AnyQuantization());
    }

    public void AddSum()
    {
        var input = Pick();
        var other = Add(new Activate(Activation.Relu), [input], input.Quantization);
        Add(new Add(AnyActivation()), [input, other], AnyQuantization());
    }

    public void AddConcatenation()
    {
        var input = Pick();
        var other = Add(new Activate(Activation.Relu6), [input], input.Quantization);
        Add(new Concat(random.Next(3) == 0 ? random.Next(2, 4) : random.Next(2) == 0 ? 1 : -3), [other, input, other], input.Quantization);
    }

    public void AddLinear()
    {
        var input = Pick();
        input = random.Next(2) == 0
            ? Add(new Flatten(1), [input], input.Quantization, isImage: false)
            : Add(new Reshape(["batch", Dimension.Unknown]), [input], input.Quantization, isImage: false);
        var columns = input.Shape![1];
        if (columns.IsFixed)
            Add(new Linear(AnyActivation()), input, [random.Next(1, 40), columns.Size], isImage: false);
    }

    private byte[] Table(ValueQuantization output)
    {
        var table = new byte[256];
        foreach (ref var entry in table.AsSpan())
            entry = (byte)random.Next(output.Low, output.High + 1);
        return table;
    }

    public ValueQuantization AnyQuantization()
    {
        var high = (1 << random.Next(2, 9)) - 1;
        var zeroPoint = random.Next(4) switch { 0 => 0, 1 => high, _ => random.Next(high + 1) };
        return ValueQuantization.PerTensor(MathF.Exp((random.NextSingle() * 4f) - 4f), zeroPoint, 0, high);
    }

    private static RandomModel Start(int seed, int[] shape)
    {
        var model = new RandomModel(seed) { InputShape = shape };
        var input = model.graph.AddInput("x", new Shape("batch", shape[1], shape[2], shape[3]));
        model.Add(new Quantize(), [input], model.AnyQuantization());
        return model;
    }

    private void AddAny()
    {
        Action add = random.Next(17) switch
        {
            <= 3 => AddConvolution,
            4 => AddMaxPool,
            5 => AddAveragePool,
            6 => AddAdaptivePool,
            7 => AddActivation,
            8 => AddSum,
            9 => AddLookup,
            10 => AddArithmetic,
            11 => AddMean,
            12 => AddMove,
            13 => AddMatMul,
            14 => AddSoftmax,
            15 => AddNormalization,
            _ => AddConcatenation,
        };
        if (Size(Pick()) is { Channels: < 64, Height: < 40, Width: < 40 })
            add();
    }

    private void End()
    {
        AddLinear();
        var last = graph.Nodes[^1].Output;
        if (last.Quantization is not null && last.Shape!.Rank == 2 && random.Next(2) == 0)
            last = Add(new Linear(), last, [random.Next(1, 20), last.Shape[1].Size], isImage: false, toFloat: true);
        if (last.Quantization is not null)
            last = Add(new Dequantize(), [last], null, isImage: false);
        graph.AddOutput(last);
        if (random.Next(3) == 0)
            graph.AddOutput(Add(new Dequantize(), [Pick()], null, isImage: false));
    }

    private GraphValue Pick() => random.Next(4) == 0 ? images[random.Next(images.Count)] : images[^1];

    private (int Channels, int Height, int Width) Size(GraphValue image) =>
        ((int)image.Shape![1].Size, (int)image.Shape[2].Size, (int)image.Shape[3].Size);

    private Window Window(int height, int width, int maxPadding)
    {
        while (true)
        {
            var window = new Window(Any(1, 6), Any(1, 4), Any(0, maxPadding + 1), Any(1, 4));
            if (Fits(window, height, width))
                return window;
        }

        Size2 Any(int from, int to) => random.Next(2) == 0 ? random.Next(from, to) : new Size2(random.Next(from, to), random.Next(from, to));
    }

    private static bool Fits(Window window, int height, int width) =>
        height + (2 * window.Padding.Height) > (window.Kernel.Height - 1) * window.Dilation.Height
        && width + (2 * window.Padding.Width) > (window.Kernel.Width - 1) * window.Dilation.Width;

    private int Divisor(int number)
    {
        var divisor = random.Next(1, number + 1);
        while (number % divisor != 0)
            divisor--;
        return divisor;
    }

    private Activation AnyActivation() => (Activation)random.Next(3);

    private GraphValue Add(
        Operation operation, ReadOnlySpan<GraphValue> inputs, ValueQuantization? quantization, bool isImage = true)
    {
        var value = graph.Add($"{operation.Kind}{names++}", operation, inputs, quantization);
        if (isImage)
            images.Add(value);
        return value;
    }

    private GraphValue Add(Operation operation, GraphValue input, long[] shape, bool isImage = true, bool toFloat = false)
    {
        var name = $"{operation.Kind}{names}";
        var bits = random.Next(2, 9);
        var high = (1 << (bits - 1)) - 1;
        var style = random.Next(4);
        var weights = new sbyte[shape.Aggregate(1L, (a, b) => a * b)];
        foreach (ref var w in weights.AsSpan())
            w = (sbyte)(style switch { 0 => high, 1 => random.Next(2) == 0 ? high : -high, _ => random.Next(-high, high + 1) });
        var bias = new int[shape[0]];
        foreach (ref var b in bias.AsSpan())
            b = random.Next(-100_000, 100_000);

        // Scales that bring sums of some hundred products into the range of the result.
        var outputs = (int)shape[0];
        ImmutableArray<float> scales = [.. Enumerable.Range(0, random.Next(3) == 0 ? 1 : outputs).Select(_ => MathF.Exp((random.NextSingle() * 4f) - 7f))];
        var quantization = scales.Length == 1 && random.Next(2) == 0
            ? ValueQuantization.PerTensor(scales[0], 0, -high, high)
            : scales.Length == outputs
                ? ValueQuantization.PerChannel(scales, 0, -high, high)
                : ValueQuantization.PerTensor(scales[0], 0, -high, high);
        List<GraphValue> inputs = [input, graph.AddConstant($"{name}.weight", ElementType.Int8, Shape.Of(shape), Bytes(weights), quantization)];
        if (random.Next(4) > 0)
            inputs.Add(graph.AddConstant($"{name}.bias", ElementType.Int32, Shape.Of(outputs), Bytes(bias)));
        return Add(operation, CollectionsMarshal.AsSpan(inputs), toFloat ? null : AnyQuantization(), isImage);
    }

    private static readonly IntegerList[] Orders = [[0, 1, 3, 2], [0, 3, 1, 2], [0, 2, 3, 1], [0, -1, -2, 1]];

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
