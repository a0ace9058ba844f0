using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Benchmarks.Networks;

/// <summary>
/// Builds int8 networks as a converter would. Weights are normally distributed and max-scaled: the largest of each output
/// channel is ±127. Scales are such that activations use their range, as after calibration.
/// </summary>
internal sealed class NetworkBuilder
{
    /// <summary>The standard deviation, in steps, that activations are given.</summary>
    private const double Spread = 60;

    private readonly Random random = new(1);
    private readonly ModelGraph graph;
    private int adds;

    public NetworkBuilder(string name, int channels, int size)
        : this(name, "image", new Shape(1, channels, size, size), ValueQuantization.PerTensor(1f / 64, 128, 0, 255))
    {
    }

    /// <summary>A network that reads a sequence: a row of numbers for each token.</summary>
    public static NetworkBuilder OfTokens(string name, int tokens, int width) => new(name, "tokens", new Shape(tokens, width), Added);

    private NetworkBuilder(string name, string input, Shape shape, ValueQuantization quantization)
    {
        graph = new(name);
        Value = graph.Add($"{input}.quantized", new Quantize(), [graph.AddInput(input, shape)], quantization);
    }

    /// <summary>What the next layer reads.</summary>
    public GraphValue Value { get; set; }

    public int Channels => (int)Value.Shape![1].Size;

    /// <summary>A convolution with a bias, as after folding a batch normalization.</summary>
    /// <param name="name">Of the layer.</param>
    /// <param name="outputs">Channels.</param>
    /// <param name="kernel">Its height and width.</param>
    /// <param name="stride">The step.</param>
    /// <param name="groups">Of channels.</param>
    /// <param name="activation">Applied to the result.</param>
    /// <param name="padding">On each side; by default half of the kernel.</param>
    /// <param name="isAdded">Whether the result is added to another: what is added has one scale and zero point.</param>
    public NetworkBuilder Convolution(
        string name,
        int outputs,
        int kernel,
        int stride = 1,
        int groups = 1,
        Activation activation = Activation.Relu,
        int? padding = null,
        bool isAdded = false)
    {
        var window = new Window(kernel, stride, padding ?? kernel / 2, 1);
        return Layer(
            name,
            new Conv2d(window, groups, activation),
            [outputs, Channels / groups, kernel, kernel],
            isAdded ? Added : Quantization(activation));
    }

    /// <summary>A linear layer with a bias; the last one returns real numbers.</summary>
    public NetworkBuilder Linear(string name, int outputs, Activation activation = Activation.None, bool last = false, bool isAdded = false) =>
        Layer(name, new Linear(activation), [outputs, Channels], last ? null : isAdded ? Added : Quantization(activation));

    /// <summary>The columns of a matrix for several heads: [head, token, column], or transposed.</summary>
    public GraphValue Heads(string name, int heads, bool isTransposed)
    {
        var (tokens, width) = (Value.Shape![0].Size, Value.Shape[1].Size);
        var split = graph.Add($"{name}.split", new Reshape([tokens, heads, width / heads]), [Value], Value.Quantization);
        return graph.Add($"{name}.heads", new Permute(isTransposed ? [1, 2, 0] : [1, 0, 2]), [split], Value.Quantization);
    }

    /// <summary>softmax(Q·Kᵀ)·V for each head, side by side. The factor 1 / √width is taken to be part of the weights of Q.</summary>
    public NetworkBuilder Attention(string name, GraphValue query, GraphValue key, GraphValue value)
    {
        var (heads, tokens, width) = (query.Shape![0].Size, query.Shape[1].Size, query.Shape[2].Size);
        // The sum of products of numbers of a standard deviation of Spread steps is to have that many steps again.
        var step = (float)(Spread * Math.Sqrt(width)) * query.Quantization!.Scale * key.Quantization!.Scale;
        var product = graph.Add($"{name}.scores", new MatMul(), [query, key], ValueQuantization.PerTensor(step, 128, 0, 255));
        var table = Enumerable.Range(0, 256).Select(d => (int)Math.Round(Softmax.One * Math.Exp(-step * d))).ToArray();
        var weights = graph.Add(
            $"{name}.softmax",
            new Softmax(-1),
            [product, graph.AddConstant($"{name}.table", ElementType.Int32, Shape.Of(256), Bytes(table))],
            ValueQuantization.PerTensor(1f / 256, 0, 0, 255));
        var mixed = graph.Add($"{name}.mixed", new MatMul(), [weights, value], ValueQuantization.PerTensor(1f / 256, 128, 0, 255));
        var rows = graph.Add($"{name}.rows", new Permute([1, 0, 2]), [mixed], mixed.Quantization);
        Value = graph.Add($"{name}.joined", new Reshape([tokens, heads * width]), [rows], mixed.Quantization);
        return this;
    }

    public NetworkBuilder LayerNorm(string name)
    {
        GraphValue Parameter(string what, float mean) => graph.AddConstant(
            $"{name}.{what}", ElementType.Float32, Shape.Of(Channels), Bytes(Enumerable.Range(0, Channels).Select(_ => mean + (float)(Normal() * 0.1)).ToArray()));
        Value = graph.Add(name, new Normalize("layer_norm", 1), [Value, Parameter("weight", 1), Parameter("bias", 0)], Added);
        return this;
    }

    /// <summary>GELU as a table.</summary>
    public NetworkBuilder Gelu(string name)
    {
        var (input, output) = (Value.Quantization!, ValueQuantization.PerTensor(1f / 80, 14, 0, 255));
        var table = Enumerable.Range(0, Lookup.Entries).Select(q =>
        {
            var x = input.Scale * (q - input.ZeroPoint);
            var y = 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));
            return (byte)Math.Clamp(Math.Round(y / output.Scale) + output.ZeroPoint, 0, 255);
        }).ToArray();
        Value = graph.Add(name, new Lookup(), [Value, graph.AddConstant($"{name}.table", ElementType.UInt8, Shape.Of(Lookup.Entries), table)], output);
        return this;
    }

    public NetworkBuilder MaxPool(string name, int kernel, int stride, int padding = 0)
    {
        Value = graph.Add(name, new MaxPool2d(new Window(kernel, stride, padding, 1)), [Value], Value.Quantization);
        return this;
    }

    /// <summary>The mean of each channel, as a matrix.</summary>
    public NetworkBuilder GlobalMean()
    {
        Value = graph.Add("mean", new AdaptiveAvgPool2d(1), [Value], Value.Quantization);
        return Flatten();
    }

    public NetworkBuilder Flatten()
    {
        Value = graph.Add("flatten", new Flatten(1), [Value], Value.Quantization);
        return this;
    }

    /// <summary>The sum with another value; it may be added to again.</summary>
    public NetworkBuilder Add(GraphValue other, Activation activation = Activation.None)
    {
        Value = graph.Add($"add{++adds}", new Add(activation), [Value, other], Added);
        return this;
    }

    public ModelGraph Build()
    {
        graph.AddOutput(Value.Quantization is null ? Value : graph.Add("result", new Dequantize(), [Value]));
        return graph;
    }

    private static ValueQuantization Added { get; } = ValueQuantization.PerTensor(1f / 48, 100, 0, 255);

    private static ValueQuantization Quantization(Activation activation) => activation switch
    {
        Activation.Relu6 => ValueQuantization.PerTensor(6f / 255, 0, 0, 255),
        Activation.Relu => ValueQuantization.PerTensor(1f / 64, 0, 0, 255),
        _ => ValueQuantization.PerTensor(1f / 48, 128, 0, 255),
    };

    private NetworkBuilder Layer(string name, Operation operation, long[] shape, ValueQuantization? output)
    {
        var (outputs, inputs) = ((int)shape[0], (int)shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        var weights = new sbyte[outputs * inputs];
        var scales = new float[outputs];
        var bias = new int[outputs];
        var row = new double[inputs];
        for (var o = 0; o < outputs; o++)
        {
            foreach (ref var w in row.AsSpan())
                w = Normal();
            var largest = row.Max(Math.Abs);
            for (var i = 0; i < inputs; i++)
                weights[(o * inputs) + i] = (sbyte)Math.Round(row[i] / largest * 127);
            var reach = Math.Sqrt(inputs) * (127 / largest) * Spread;
            var step = output?.Scale ?? 0.02f;
            scales[o] = (float)(step * Spread / (Value.Quantization!.Scale * reach));
            bias[o] = (int)(Normal() * reach * 0.2);
        }

        var weight = graph.AddConstant(
            $"{name}.weight", ElementType.Int8, Shape.Of(shape), Bytes(weights), ValueQuantization.PerChannel([.. scales], 0, -127, 127));
        Value = graph.Add(
            name, operation, [Value, weight, graph.AddConstant($"{name}.bias", ElementType.Int32, Shape.Of(outputs), Bytes(bias))], output);
        return this;
    }

    private static double Erf(double x)
    {
        using var argument = TorchSharp.torch.tensor(x);
        using var value = argument.erf();
        return value.item<double>();
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
