using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Runtime.Tests.Models;

/// <summary>
/// Small decoders of text in every style: positions that rotate or are learned, heads that share keys and values or not, norms of three kinds, weights of all bits, in float32 or in integers. Even
/// seeds are like Llama, odd ones like GPT.
/// </summary>
internal sealed class TinyDecoder
{
    public const int Vocabulary = 11, Longest = 24, Blocks = 2;

    private readonly Random random;
    private readonly ModelGraph graph;
    private readonly bool isLlama;
    private readonly int width, heads, shared, size;
    private readonly GroupScheme scheme;
    private readonly ActivationPrecision precision;

    private TinyDecoder(int seed, ActivationPrecision? precision)
    {
        random = new(seed);
        graph = new("TinyDecoder");
        isLlama = seed % 2 == 0;
        // Of head sizes 8 and 16 all lanes are used; 4 leaves some of them.
        (heads, size) = (4, (seed / 2 % 3) switch { 0 => 8, 1 => 4, _ => 16 });
        shared = isLlama ? 2 : heads;
        width = heads * size;
        var bits = (seed % 4) switch { 0 => 8, 1 => 4, 2 => 3, _ => 2 };
        scheme = new() { Bits = bits, GroupSize = (seed % 3) switch { 0 => 0, 1 => 8, _ => 4 }, Symmetric = seed % 5 < 3 };
        this.precision = precision ?? (ActivationPrecision)(seed / 4 % 3);
    }

    /// <param name="seed">Of style and numbers.</param>
    /// <param name="precision">Of activations; else it depends on the seed.</param>
    public static ModelGraph Create(int seed, ActivationPrecision? precision = null) => new TinyDecoder(seed, precision).Build();

    private ModelGraph Build()
    {
        var tokens = graph.AddInput("tokens", new Shape("batch", "tokens"), ElementType.Int32);
        var x = graph.Add("embedding", new Embedding(), [tokens, Constant("embedding.weight", Vocabulary, width)]);
        if (!isLlama)
        {
            var positions = graph.Add("positions", new State(true), [Constant("positions.constant", Longest, width)]);
            x = graph.Add("positioned", new Arithmetic(ArithmeticFunction.Add), [x, graph.Add("positions.narrow", new Slice(0, 0, "tokens"), [positions])]);
        }

        for (var i = 0; i < Blocks; i++)
            x = isLlama ? LlamaBlock(x, $"blocks.{i}") : GptBlock(x, $"blocks.{i}");
        x = Norm(x, "norm");
        graph.AddOutput(graph.Add("head", new Linear(), [x, Constant("head.weight", Vocabulary, width)]));
        return graph;
    }

    private GraphValue LlamaBlock(GraphValue x, string name)
    {
        var y = Norm(x, $"{name}.norm1");
        var q = Rotate(Split(Layer(y, $"{name}.query", heads * size, false), heads, $"{name}.query"), $"{name}.query");
        var k = Rotate(Split(Layer(y, $"{name}.key", shared * size, false), shared, $"{name}.key"), $"{name}.key");
        var v = Split(Layer(y, $"{name}.value", shared * size, false), shared, $"{name}.value");
        k = graph.Add($"{name}.key.repeated", new RepeatInterleave(1, heads / shared), [k]);
        v = graph.Add($"{name}.value.repeated", new RepeatInterleave(-3, heads / shared), [v]);
        x = graph.Add($"{name}.add1", new Add(), [x, Layer(Join(Attend(q, k, v, name), name), $"{name}.output", width, false)]);
        y = Norm(x, $"{name}.norm2");
        var gate = graph.Add($"{name}.silu", new Elementwise(ElementFunction.Silu), [Layer(y, $"{name}.gate", 24, false)]);
        var product = graph.Add($"{name}.gated", new Arithmetic(ArithmeticFunction.Multiply), [gate, Layer(y, $"{name}.up", 24, false)]);
        return graph.Add($"{name}.add2", new Add(), [x, Layer(product, $"{name}.down", width, false)]);
    }

    private GraphValue GptBlock(GraphValue x, string name)
    {
        var y = Norm(x, $"{name}.norm1");
        var parts = graph.Add($"{name}.view", new Reshape(["batch", "tokens", 3, heads, size]), [Layer(y, $"{name}.qkv", 3 * width, true)]);
        parts = graph.Add($"{name}.permute", new Permute([2, 0, 3, 1, 4]), [parts]);
        var (q, k, v) = (Part(0), Part(1), Part(2));
        x = graph.Add($"{name}.add1", new Add(), [x, Layer(Join(Attend(q, k, v, name), name), $"{name}.output", width, true)]);
        y = Norm(x, $"{name}.norm2");
        y = graph.Add($"{name}.gelu", new Elementwise(random.Next(2) == 0 ? ElementFunction.Gelu : ElementFunction.GeluTanh), [Layer(y, $"{name}.expansion", 24, true)]);
        return graph.Add($"{name}.add2", new Add(), [x, Layer(y, $"{name}.projection", width, true)]);

        GraphValue Part(int i) => graph.Add($"{name}.part{i}", new Select(0, i), [parts]);
    }

    private GraphValue Attend(GraphValue q, GraphValue k, GraphValue v, string name) =>
        graph.Add($"{name}.attention", new ScaledDotProductAttention(IsCausal: true), [q, k, v]);

    private GraphValue Split(GraphValue x, int count, string name)
    {
        x = graph.Add($"{name}.view", new Reshape(["batch", "tokens", count, size]), [x]);
        return graph.Add($"{name}.transpose", new Permute([0, 2, 1, 3]), [x]);
    }

    private GraphValue Join(GraphValue x, string name)
    {
        x = graph.Add($"{name}.transposed", new Permute([0, 2, 1, 3]), [x]);
        return graph.Add($"{name}.joined", new Reshape(["batch", "tokens", width]), [x]);
    }

    private GraphValue Rotate(GraphValue x, string name)
    {
        var half = size / 2;
        var first = graph.Add($"{name}.first", new Slice(-1, 0, half), [x]);
        var second = graph.Add($"{name}.second", new Slice(-1, half, half), [x]);
        var turned = graph.Add($"{name}.turned", new Concat(-1), [graph.Add($"{name}.negated", new Elementwise(ElementFunction.Neg), [second]), first]);
        var cosines = Multiply(x, "cosines", MathF.Cos);
        return graph.Add($"{name}.rotated", new Add(), [cosines, Multiply(turned, "sines", MathF.Sin)]);

        GraphValue Multiply(GraphValue value, string table, Func<float, float> function)
        {
            var values = Enumerable.Range(0, Longest * size).Select(i => function(i / size * MathF.Pow(100, -(i % half) / (float)half))).ToArray();
            var all = graph.Add($"{name}.{table}", new State(false), [Constant($"{name}.{table}.constant", values, Longest, size)]);
            var narrow = graph.Add($"{name}.{table}.narrow", new Slice(0, 0, "tokens"), [all]);
            return graph.Add($"{name}.{table}.product", new Arithmetic(ArithmeticFunction.Multiply), [value, narrow]);
        }
    }

    private GraphValue Norm(GraphValue x, string name)
    {
        if (!isLlama)
            return graph.Add(name, new Normalize("layer_norm", 1), [x, Constant($"{name}.weight", width), Constant($"{name}.bias", width)]);
        var squares = graph.Add($"{name}.pow", new Elementwise(ElementFunction.Square), [x]);
        var mean = graph.Add($"{name}.mean", new Reduce("mean", [-1], KeepDimensions: true), [squares]);
        var root = graph.Add($"{name}.rsqrt", new Elementwise(ElementFunction.Rsqrt), [graph.Add($"{name}.epsilon", new Arithmetic(ArithmeticFunction.Add, 1e-5), [mean])]);
        var scaled = graph.Add($"{name}.mul", new Arithmetic(ArithmeticFunction.Multiply), [x, root]);
        return graph.Add(name, new Arithmetic(ArithmeticFunction.Multiply), [scaled, graph.Add($"{name}.weight", new State(true), [Constant($"{name}.weight.constant", width)])]);
    }

    private GraphValue Layer(GraphValue x, string name, int outputs, bool hasBias)
    {
        var inputs = (int)x.Shape![-1].Size;
        var weights = GroupedWeights.RoundToNearest(scheme, outputs, inputs, Numbers(outputs * inputs, 1.5f / MathF.Sqrt(inputs)));
        List<GraphValue> operands = [x, Bytes($"{name}.weight", weights.Values.Span, outputs, inputs), Constant($"{name}.scales", weights.Scales.ToArray(), outputs, weights.Groups)];
        if (!scheme.Symmetric)
            operands.Add(Bytes($"{name}.zero_points", weights.ZeroPoints.Span, outputs, weights.Groups));
        if (hasBias)
            operands.Add(Constant($"{name}.bias", outputs));
        // Beyond the range of a few values, too.
        return graph.Add(name, precision == ActivationPrecision.StaticInt8 ? new(scheme, precision, 0.02f, random.Next(100, 156)) : new GroupedLinear(scheme, precision), [.. operands]);
    }

    private GraphValue Bytes(string name, ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> shape) =>
        graph.AddConstant(name, ElementType.Int8, Shape.Of(shape), MemoryMarshal.AsBytes(values).ToArray());

    private GraphValue Constant(string name, params ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var dimension in shape)
            count *= dimension;
        return Constant(name, Numbers((int)count, 1), shape);
    }

    private GraphValue Constant(string name, float[] values, params ReadOnlySpan<long> shape) =>
        graph.AddConstant(name, ElementType.Float32, Shape.Of(shape), MemoryMarshal.AsBytes<float>(values).ToArray());

    private float[] Numbers(int count, float deviation)
    {
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 2 * deviation;
        return values;
    }
}
