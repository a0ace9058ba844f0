using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests;

/// <summary>Texts that are gone on with token by token.</summary>
public sealed class TokenDecoderTests
{
    private const int Vocabulary = TinyDecoder.Vocabulary;

    [Fact]
    public void However_a_text_is_divided_its_logits_are_those_of_the_whole_bit_for_bit()
    {
        for (var seed = 0; seed < 24; seed++)
        {
            using var model = QuantizedModel.FromGraph(TinyDecoder.Create(seed), threads: 1 + (seed % 3));
            var random = new Random(seed);
            var tokens = Tokens(random, TinyDecoder.Longest);
            var whole = new float[tokens.Length * Vocabulary];
            model.Run(tokens, whole);
            var decoder = model.CreateDecoder(TinyDecoder.Longest);
            for (var round = 0; round < 4; round++)
            {
                // Rounds begin where the one before is cut off.
                for (var start = decoder.Count; start < tokens.Length;)
                {
                    var count = round == 1 ? 1 : random.Next(1, tokens.Length - start + 1);
                    var logits = new float[Vocabulary * (random.Next(2) == 0 ? count : 1)];
                    decoder.Step(tokens.AsSpan(start, count), logits);
                    start += count;
                    Assert.Equal(start, decoder.Count);
                    Assert.Equal(whole[((start * Vocabulary) - logits.Length)..(start * Vocabulary)].Select(BitConverter.SingleToInt32Bits), logits.Select(BitConverter.SingleToInt32Bits));
                }

                decoder.Truncate(random.Next(tokens.Length));
            }
        }
    }

    [Fact]
    public void Texts_are_apart()
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(0));
        var random = new Random(1);
        int[][] texts = [Tokens(random, 12), Tokens(random, 12)];
        var decoders = new[] { model.CreateDecoder(12), model.CreateDecoder(20) };
        var (logits, whole) = (new float[Vocabulary], new float[12 * Vocabulary]);
        for (var i = 0; i < 12; i++)
        {
            for (var text = 0; text < 2; text++)
            {
                decoders[text].Step([texts[text][i]], logits);
                model.Run(texts[text], whole);
                Assert.Equal(whole[(i * Vocabulary)..((i + 1) * Vocabulary)], logits);
            }
        }
    }

    /// <summary>Against keys and values that are rounded in the graph, by a model that sees whole texts.</summary>
    [Fact]
    public void Keys_and_values_of_8_bits_are_rounded_by_token_and_head()
    {
        var graph = new ModelGraph("Attention");
        const int Heads = 2, Shared = 1, Size = 12;
        var random = new Random(2);
        var tokens = graph.AddInput("tokens", new Shape(1, "tokens"), ElementType.Int32);
        var tables = new[] { Heads, Shared, Shared }.Select((heads, i) => Numbers(random, 7 * heads * Size, 1 << (2 * i))).ToArray();
        var parts = tables.Select((table, i) => Split(i, table, i == 0 ? Heads : Shared)).ToArray();
        var attended = graph.Add("attention", new ScaledDotProductAttention(true), parts);
        graph.AddOutput(graph.Add("joined", new Reshape([1, "tokens", Heads * Size]), [graph.Add("transposed", new Permute([0, 2, 1, 3]), [attended])]));

        int[] text = [3, 1, 4, 1, 5, 0, 2, 6];
        var results = new List<float[]>();
        foreach (var instructionSet in new[] { "portable", null })
        {
            using var model = QuantizedModel.FromGraph(graph, KernelSelector.Select(instructionSet));
            var decoder = model.CreateDecoder(text.Length, KeyValueCachePrecision.Int8);
            Assert.Equal(Shared * text.Length * 2 * (Size + sizeof(float)), decoder.Cache.Bytes);
            var logits = new float[Heads * Size];
            for (var i = 0; i < text.Length; i++)
            {
                decoder.Step([text[i]], logits);
                results.Add([.. logits]);
                for (var head = 0; head < Heads; head++)
                {
                    var query = Row(0, text[i], head, Heads);
                    var weights = text[..(i + 1)].Select(t => Math.Exp(Rounded(Row(1, t, 0, Shared)).Zip(query, (k, q) => k * q).Sum() / Math.Sqrt(Size))).ToArray();
                    for (var c = 0; c < Size; c++)
                    {
                        var expected = text[..(i + 1)].Select((t, j) => weights[j] * Rounded(Row(2, t, 0, Shared)).ElementAt(c)).Sum() / weights.Sum();
                        Assert.Equal(expected, logits[(head * Size) + c], tolerance: 1e-4);
                    }
                }
            }
        }

        for (var i = 0; i < text.Length; i++)
            Assert.Equal(results[i], results[text.Length + i]);

        double[] Row(int table, int token, int head, int heads) => [.. tables[table].AsSpan(((token * heads) + head) * Size, Size).ToArray().Select(v => (double)v)];

        GraphValue Split(int i, float[] table, int heads)
        {
            var constant = graph.AddConstant($"table{i}", ElementType.Float32, Shape.Of(7, heads * Size), MemoryMarshal.AsBytes<float>(table).ToArray());
            var x = graph.Add($"embedding{i}", new Embedding(), [tokens, constant]);
            return graph.Add($"heads{i}", new Permute([0, 2, 1, 3]), [graph.Add($"view{i}", new Reshape([1, "tokens", heads, Size]), [x])]);
        }

        static IEnumerable<double> Rounded(double[] row)
        {
            var scale = (float)row.Max(Math.Abs) / 127;
            return row.Select(v => scale * Math.Round(v / scale, MidpointRounding.ToEven));
        }
    }

    [Fact]
    public void Integers_are_near_and_small()
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(4, ActivationPrecision.Float));
        var tokens = Tokens(new Random(3), 20);
        var (exact, near) = (new float[20 * Vocabulary], new float[20 * Vocabulary]);
        var decoder = model.CreateDecoder(20);
        decoder.Step(tokens, exact);
        var small = model.CreateDecoder(20, KeyValueCachePrecision.Int8);
        small.Step(tokens, near);
        var largest = exact.Max(MathF.Abs);
        Assert.NotEqual(exact, near);
        Assert.All(exact.Zip(near), pair => Assert.InRange(MathF.Abs(pair.First - pair.Second), 0, 0.05f * largest));
        Assert.InRange(small.Cache.Bytes, decoder.Cache.Bytes / 4, decoder.Cache.Bytes / 2);
        Assert.Equal(TinyDecoder.Blocks, small.Cache.Layers);
    }

    [Theory]
    [InlineData("portable", KeyValueCachePrecision.Float)]
    [InlineData(null, KeyValueCachePrecision.Float)]
    [InlineData("portable", KeyValueCachePrecision.Int8)]
    [InlineData(null, KeyValueCachePrecision.Int8)]
    public void Another_step_allocates_nothing(string? instructionSet, KeyValueCachePrecision precision)
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(0), KernelSelector.Select(instructionSet));
        var decoder = model.CreateDecoder(TinyDecoder.Longest, precision);
        var logits = new float[Vocabulary];
        decoder.Step([1, 2, 3], logits);
        decoder.Step([4], logits);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = decoder.Count; i < 20; i++)
            decoder.Step([i % Vocabulary], logits);
        decoder.Truncate(2);
        decoder.Step([4, 5, 6], logits);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_leaves_the_text_as_it_was()
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(0));
        Assert.Contains("longer than the 24 positions that 'blocks.0.query.cosines.narrow' has", Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateDecoder(25)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateDecoder(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateDecoder(8, (KeyValueCachePrecision)7));
        var decoder = model.CreateDecoder(8);
        var logits = new float[Vocabulary];
        decoder.Step([1, 2, 3, 4, 5], logits);
        Assert.Contains("The text has 5 of 8 tokens; there is no room for 4 more.", Assert.Throws<InvalidOperationException>(() => decoder.Step([1, 2, 3, 4], logits)).Message);
        Assert.Contains("Token 1 is 11", Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Step([1, 11], logits)).Message);
        Assert.Contains("There is room for 5 logits", Assert.Throws<ArgumentException>(() => decoder.Step([1], new float[5])).Message);
        Assert.Throws<ArgumentException>(() => decoder.Step([], logits));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Truncate(6));
        Assert.Equal(5, decoder.Count);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => decoder.Step([1], logits));
        Assert.Throws<ObjectDisposedException>(() => model.CreateDecoder(8));
    }

    private static readonly Dictionary<string, Func<ModelGraph, GraphValue, GraphValue>> mixing = new()
    {
        ["it is not causal"] = (graph, x) => graph.Add("attention", new ScaledDotProductAttention(), [x, x, x]),
        ["goes along the tokens, which are dimension 1"] = (graph, x) => graph.Add("mean", new Reduce("mean", [1], true), [x]),
        ["goes along the tokens, which are dimension 2"] = (graph, x) => graph.Add("softmax", new Softmax(-1), [graph.Add("transposed", new Permute([0, 2, 1]), [x])]),
        ["dimension 0 of"] = (graph, x) => graph.Add("joined", new Concat(0), [Flat(graph, x), Flat(graph, x)]),
        ["'first' (select)"] = (graph, x) => graph.Add("first", new Select(1, 0), [x]),
        ["'narrow' (slice)"] = (graph, x) => graph.Add("narrow", new Slice(1, 0, 1), [x]),
        ["'twice' (repeat_interleave)"] = (graph, x) => graph.Add("twice", new RepeatInterleave(1, 2), [x]),
        ["which mixes tokens with other dimensions"] = (graph, x) => graph.Add("mixed", new Reshape([1, 8, "tokens"]), [x]),
        ["'other' (reshape)"] = (graph, x) => graph.Add("other", new Reshape([1, 5, 8]), [x]),
        ["it is a product over tokens"] = (graph, x) => graph.Add("scores", new MatMul(), [x, graph.Add("transposed", new Permute([0, 2, 1]), [x])]),
        ["positions begin at 0"] = (graph, x) => graph.Add("sum", new Arithmetic(ArithmeticFunction.Add), [x, graph.Add("narrow", new Slice(0, 1, "tokens"), [Table(graph)])]),
        ["which is no parameter or buffer"] = (graph, x) => graph.Add(
            "sum", new Arithmetic(ArithmeticFunction.Add), [x, graph.Add("narrow", new Slice(0, 0, "tokens"), [graph.Add("negated", new Elementwise(ElementFunction.Neg), [Table(graph)])])]),
        ["is neither the tokens nor 1"] = (graph, x) => graph.Add("sum", new Arithmetic(ArithmeticFunction.Add), [x, Table(graph)]),
        ["does not have logits for each token"] = (graph, x) => graph.Add("transposed", new Permute([0, 2, 1]), [x]),
    };

    public static TheoryData<string> Mixing => [.. mixing.Keys];

    /// <summary>What looks at other positions, or may, is refused by name and reason, and never computed wrongly.</summary>
    [Theory]
    [MemberData(nameof(Mixing))]
    public void What_looks_at_other_positions_is_refused(string reason)
    {
        var graph = new ModelGraph("Mixing");
        var tokens = graph.AddInput("tokens", new Shape("batch", "tokens"), ElementType.Int32);
        var x = graph.Add("embedding", new Embedding(), [tokens, graph.AddConstant("weight", ElementType.Float32, Shape.Of(7, 8), new byte[224])]);
        graph.AddOutput(mixing[reason](graph, x));
        using var model = QuantizedModel.FromGraph(graph);
        Assert.Contains(reason, Assert.Throws<NotSupportedException>(() => model.CreateDecoder(4)).Message);
    }

    [Fact]
    public void Models_without_texts_are_no_decoders()
    {
        using var image = QuantizedModel.FromGraph(LeNet5.Create());
        Assert.Contains("one input of tokens and one output are expected", Assert.Throws<NotSupportedException>(() => image.CreateDecoder(4)).Message);
        var graph = new ModelGraph("Fixed");
        var tokens = graph.AddInput("tokens", new Shape("batch", 6), ElementType.Int32);
        graph.AddOutput(graph.Add("embedding", new Embedding(), [tokens, graph.AddConstant("weight", ElementType.Float32, Shape.Of(7, 8), new byte[224])]));
        using var model = QuantizedModel.FromGraph(graph);
        Assert.Contains("a number of tokens that has a name are expected", Assert.Throws<NotSupportedException>(() => model.CreateDecoder(4)).Message);
    }

    private static GraphValue Table(ModelGraph graph) =>
        graph.Add("table", new State(false), [graph.AddConstant("table.constant", ElementType.Float32, Shape.Of(6, 8), new byte[192])]);

    private static GraphValue Flat(ModelGraph graph, GraphValue x) => graph.Add($"flat{graph.Nodes.Count}", new Reshape(["tokens", 8]), [x]);

    private static int[] Tokens(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(Vocabulary))];

    private static float[] Numbers(Random random, int count, float range) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * range)];
}
