using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;
using StickGen.Runtime.Tests.Models;
using StickGen.Runtime.Tests.Reference;

namespace StickGen.Runtime.Tests;

/// <summary>Models that read tokens.</summary>
public sealed class TokenModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ActivationPrecision.Float, 1e-5)]
    // A number that lies between two integers, nearly, may become either.
    [InlineData(ActivationPrecision.DynamicInt8, 0.03)]
    [InlineData(ActivationPrecision.StaticInt8, 0.03)]
    public void A_decoder_computes_what_its_definition_says(ActivationPrecision precision, double bound)
    {
        for (var seed = 0; seed < 24; seed++)
        {
            var graph = TinyDecoder.Create(seed, precision);
            using var model = QuantizedModel.FromGraph(graph);
            var tokens = Tokens(seed, 2 * 9);
            var logits = new float[tokens.Length * TinyDecoder.Vocabulary];
            model.Run(tokens, [2, 9], logits);
            var expected = ReferenceDecoder.Run(graph, tokens, batch: 2);
            var largest = expected.Max(Math.Abs);
            for (var i = 0; i < logits.Length; i++)
                Assert.True(Math.Abs(logits[i] - expected[i]) <= bound * largest, $"Seed {seed}: logit {i} is {logits[i]}; {expected[i]} is expected.");
        }
    }

    [Fact]
    public void Every_instruction_set_and_number_of_threads_gives_the_same_bits()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var graph = TinyDecoder.Create(seed);
            var tokens = Tokens(seed, 3 * 20);
            float[]? expected = null;
            foreach (var (instructionSet, threads) in new (string?, int)[] { ("portable", 1), (null, 1), (null, 3), ("portable", 2) })
            {
                using var model = QuantizedModel.FromGraph(graph, KernelSelector.Select(instructionSet), threads);
                var logits = new float[tokens.Length * TinyDecoder.Vocabulary];
                model.Run(tokens, [3, 20], logits);
                Assert.Equal(expected ??= logits, logits);
            }
        }
    }

    [Fact]
    public void A_loaded_decoder_computes_what_the_saved_one_did()
    {
        var path = Path.Combine(folder, "model.safetensors");
        for (var seed = 0; seed < 12; seed++)
        {
            using var model = QuantizedModel.FromGraph(TinyDecoder.Create(seed));
            model.Save(path);
            using var loaded = QuantizedModel.Load(path, model.Signature);
            Assert.Equal(model.Graph.Nodes.Select(n => (n.Name, n.Operation)), loaded.Graph.Nodes.Select(n => (n.Name, n.Operation)));
            var tokens = Tokens(seed, 7);
            var (expected, actual) = (new float[7 * TinyDecoder.Vocabulary], new float[7 * TinyDecoder.Vocabulary]);
            model.Run(tokens, expected);
            loaded.Run(Array.ConvertAll(tokens, t => (long)t), actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Weights_of_few_bits_are_stored_in_few_bits()
    {
        var path = Path.Combine(folder, "model.safetensors");
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(3));
        model.Save(path);
        var linear = model.Graph.Nodes.Where(n => n.Operation is GroupedLinear).Select(n => n.Inputs[1]).ToList();
        Assert.All(linear, weight => Assert.Equal(ElementType.Int8, weight.Type));
        Assert.True(new FileInfo(path).Length < model.Graph.Values.Values.Sum(v => v.Data.Length) - (linear.Sum(w => w.Data.Length) / 2) + 20_000);
    }

    [Theory]
    [InlineData("portable")]
    [InlineData(null)]
    public void Running_again_allocates_nothing(string? instructionSet)
    {
        foreach (var seed in new[] { 0, 1, 4, 5 })
        {
            using var model = QuantizedModel.FromGraph(TinyDecoder.Create(seed), KernelSelector.Select(instructionSet));
            var tokens = Tokens(1, 8);
            var logits = new float[8 * TinyDecoder.Vocabulary];
            model.Run(tokens, logits);
            model.Run(tokens, [2, 4], logits);
            var before = GC.GetAllocatedBytesForCurrentThread();
            model.Run(tokens, logits);
            model.Run(tokens, [2, 4], logits);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Tokens_that_are_none_are_refused()
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(0));
        Assert.Equal(TinyDecoder.Vocabulary, model.Vocabulary);
        var logits = new float[3 * TinyDecoder.Vocabulary];
        Assert.Contains("Token 1 is 11; the vocabulary has 0 to 10.", Assert.Throws<ArgumentOutOfRangeException>(() => model.Run(new[] { 1, 11, 2 }, logits)).Message);
        Assert.Contains("Token 2 is -1;", Assert.Throws<ArgumentOutOfRangeException>(() => model.Run(new[] { 1, 2, -1 }, logits)).Message);
        Assert.Contains("Token 0 is 4294967296;", Assert.Throws<ArgumentOutOfRangeException>(() => model.Run(new[] { 1L << 32, 2, 1 }, logits)).Message);
        Assert.Contains("3 tokens of the shape [2, 2]; [batch, tokens] is expected", Assert.Throws<ArgumentException>(() => model.Run(new[] { 1, 2, 3 }, [2, 2], logits)).Message);
        Assert.Contains("has tokens", Assert.Throws<InvalidOperationException>(() => model.Run(new float[3], logits)).Message);
        Assert.Throws<ArgumentException>(() => model.Run(new[] { 1, 2 }, logits));
        Assert.Equal(3 * TinyDecoder.Vocabulary, model.OutputLength(3));
        using var image = QuantizedModel.FromGraph(LeNet5.Create());
        Assert.Equal(0, image.Vocabulary);
        Assert.Contains("has real numbers", Assert.Throws<InvalidOperationException>(() => image.Run(new[] { 1 }, new float[10])).Message);
    }

    [Fact]
    public void A_text_longer_than_its_positions_is_refused()
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(0));
        var length = TinyDecoder.Longest + 1;
        Assert.Contains("do not fit dimension 0", Assert.Throws<ArgumentException>(() => model.Run(new int[length], new float[length * TinyDecoder.Vocabulary])).Message);
    }

    private static int[] Tokens(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(TinyDecoder.Vocabulary))];
    }
}
