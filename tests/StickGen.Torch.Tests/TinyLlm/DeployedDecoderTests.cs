using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.PostTraining;
using TinyLlm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.TinyLlm;

/// <summary>Decoders that are quantized after training, deployed: what the runtime computes of tokens is what the variant computes.</summary>
public sealed class DeployedDecoderTests
{
    private const int Context = 16, Vocabulary = 20;

    /// <summary>Of the largest logit: float32 in another order of sums, through all layers.</summary>
    private const float Rounding = 1e-5f;

    [Theory]
    [InlineData("llama", 8, 0, true, ActivationQuantization.None)]
    [InlineData("llama", 4, 16, true, ActivationQuantization.None)]
    [InlineData("llama", 3, 8, false, ActivationQuantization.None)]
    [InlineData("llama", 2, 16, false, ActivationQuantization.None)]
    [InlineData("gpt", 4, 16, false, ActivationQuantization.None)]
    [InlineData("llama", 8, 0, true, ActivationQuantization.DynamicPerToken)]
    [InlineData("llama", 4, 16, false, ActivationQuantization.DynamicPerToken)]
    [InlineData("gpt", 8, 16, true, ActivationQuantization.DynamicPerToken)]
    [InlineData("llama", 8, 0, true, ActivationQuantization.StaticPerTensor)]
    [InlineData("gpt", 8, 0, true, ActivationQuantization.StaticPerTensor)]
    public void Logits_are_those_of_the_variant(string kind, int bits, int groupSize, bool symmetric, ActivationQuantization activations)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = bits, GroupSize = groupSize, Symmetric = symmetric }, Activations = activations });
        var (module, variant) = Compress(kind, algorithm);
        var tokens = randint(Vocabulary, [3, 12], dtype: ScalarType.Int64);
        algorithm.Calibrate(variant, [tokens]);
        using var deployed = QuantizedModel.FromGraph(algorithm.ToGraph(variant));
        Assert.Equal(ElementType.Int32, deployed.Signature.Inputs[0].Type);
        Assert.Equal(Vocabulary, deployed.Vocabulary);

        var logits = new float[3 * 12 * Vocabulary];
        deployed.Run(tokens.data<long>().ToArray(), [3, 12], logits);
        // An integer of a token may fall on the other side where it was nearly between two.
        var bound = activations == ActivationQuantization.None ? Rounding : 0.05f;
        AssertNear(module.call(tokens), logits, bound);
        // Other kernels in all linear layers, which are the deployed ones: only the order of sums elsewhere differs.
        algorithm.UseKernels(variant);
        if (activations == ActivationQuantization.None)
            AssertNear(module.call(tokens), logits, Rounding);
    }

    /// <summary>Every layer's product is that of <see cref="QuantizedLinear"/>, bit for bit, on what the deployed model gives it.</summary>
    [Theory]
    [InlineData("llama", 8, 0, true, ActivationQuantization.None)]
    [InlineData("llama", 4, 16, false, ActivationQuantization.DynamicPerToken)]
    [InlineData("gpt", 3, 8, false, ActivationQuantization.None)]
    [InlineData("gpt", 8, 16, true, ActivationQuantization.DynamicPerToken)]
    [InlineData("llama", 8, 0, true, ActivationQuantization.StaticPerTensor)]
    [InlineData("gpt", 4, 16, false, ActivationQuantization.StaticPerTensor)]
    public void Layers_are_those_of_a_hosted_model_bit_for_bit(string kind, int bits, int groupSize, bool symmetric, ActivationQuantization activations)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = bits, GroupSize = groupSize, Symmetric = symmetric }, Activations = activations });
        var (_, variant) = Compress(kind, algorithm);
        var tokens = randint(Vocabulary, [2, 9], dtype: ScalarType.Int32);
        algorithm.Calibrate(variant, [tokens.to_type(ScalarType.Int64)]);
        var layers = algorithm.ToLayers(variant);

        var graph = algorithm.ToGraph(variant);
        var nodes = graph.Nodes.Where(n => n.Operation is GroupedLinear).ToList();
        Assert.Equal(layers.Count, nodes.Count);
        foreach (var value in nodes.SelectMany(n => new[] { n.Inputs[0], n.Output }).Distinct())
            graph.AddOutput(value);
        using var deployed = QuantizedModel.FromGraph(graph, threads: 2);
        Memory<float>[] results = [.. deployed.OutputLengths(9).Select(length => new float[2 * length].AsMemory())];
        deployed.Run(tokens.data<int>().ToArray(), [2, 9], results);
        foreach (var node in nodes)
        {
            var (input, output) = (Result(node.Inputs[0]), Result(node.Output));
            var expected = layers[node.Name].forward(tensor(input).reshape(-1, node.Inputs[1].Shape![1].Size));
            Assert.Equal(expected.data<float>().ToArray().Select(BitConverter.SingleToInt32Bits), output.Select(BitConverter.SingleToInt32Bits));
        }

        float[] Result(GraphValue value) => results[graph.Outputs.ToList().IndexOf(value)].ToArray();
    }

    /// <summary>Through the emitted class and its file, token by token.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("gpt")]
    public void A_saved_decoder_goes_on_with_a_text(string kind)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var algorithm = new PostTrainingQuantization(new() { Weights = new() { Bits = 4, GroupSize = 16 } });
        var (module, variant) = Compress(kind, algorithm);
        var tokens = randint(Vocabulary, [1, Context], dtype: ScalarType.Int64);
        algorithm.Calibrate(variant, [tokens]);
        var folder = Directory.CreateTempSubdirectory("stickgen").FullName;
        var path = Path.Combine(folder, "decoder.safetensors");
        var typedLogits = new float[Vocabulary];
        if (variant is Llama.FakeQuantized llama)
        {
            using var quantized = algorithm.Convert(llama);
            quantized.Run(new[] { 3L }, typedLogits);
            quantized.Save(path);
        }
        else
        {
            using var quantized = algorithm.Convert((Gpt.FakeQuantized)variant);
            quantized.CreateDecoder(Context).Step([3], typedLogits);
            quantized.Save(path);
        }

        using (var deployed = QuantizedModel.Load(path, threads: 2))
        {
            var text = Array.ConvertAll(tokens.data<long>().ToArray(), t => (int)t);
            var (whole, logits) = (new float[Context * Vocabulary], new float[Vocabulary]);
            deployed.Run(new[] { 3 }, whole.AsSpan(0, Vocabulary));
            Assert.Equal(whole[..Vocabulary], typedLogits);
            deployed.Run(text, whole);
            AssertNear(module.call(tokens), whole, Rounding);
            var decoder = deployed.CreateDecoder(Context);
            // A text longer than the context goes on from its last half.
            List<int> generated = [.. DeployedGeneration.Generate(decoder, [5, 1], new(temperature: 0), 40, default)];
            List<int> slow = [5, 1];
            for (var (i, first) = (0, 0); i < 40; i++)
            {
                first = slow.Count - first > Context ? slow.Count - (Context / 2) : first;
                var read = slow.Skip(first).ToArray();
                var all = new float[read.Length * Vocabulary];
                deployed.Run(read, all);
                slow.Add(TokenSampler.Greedy(all.AsSpan()[^Vocabulary..]));
            }

            Assert.Equal(slow[2..], generated);
            decoder.Truncate(0);
            // Heads of keys that queries share are kept once.
            Assert.Equal(2 * sizeof(float) * 2 * Context * (kind == "llama" ? 16 : 32), decoder.Cache.Bytes);
            decoder.Step(text.AsSpan(0, 5), logits);
            for (var i = 5; i < Context; i++)
            {
                Assert.Equal(whole[((i - 1) * Vocabulary)..(i * Vocabulary)], logits);
                decoder.Step([text[i]], logits);
            }
        }

        using (var typed = kind == "llama" ? Llama.Quantized.Load(path).AsModule() : Gpt.Quantized.Load(path).AsModule())
            AssertNear(module.call(tokens), typed.call(tokens).data<float>().ToArray(), Rounding);
        Directory.Delete(folder, recursive: true);
    }

    private static void AssertNear(Tensor expected, float[] actual, float bound)
    {
        var values = expected.data<float>().ToArray();
        var largest = values.Max(MathF.Abs);
        Assert.Equal(values.Length, actual.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.True(MathF.Abs(values[i] - actual[i]) <= bound * largest, $"Logit {i} is {actual[i]}; {values[i]} is expected.");
    }

    private static (nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) Compress(string kind, CompressionAlgorithm algorithm)
    {
        manual_seed(6).Dispose();
        if (kind == "llama")
        {
            var llama = new Llama(
                new()
                {
                    VocabSize = Vocabulary, HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, HeadDim = 8,
                    MaxPositionEmbeddings = Context,
                },
                LinearLayers.Float);
            var variant = algorithm.Apply(llama, new Shape("batch", "tokens"));
            return (variant, variant);
        }

        var gpt = new Gpt(
            new() { VocabSize = Vocabulary, HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = Context }, LinearLayers.Float);
        foreach (var (name, parameter) in gpt.named_parameters())
        {
            if (name is "positions" || name.EndsWith(".bias", StringComparison.Ordinal))
                parameter.copy_(randn_like(parameter) * 0.3);
        }

        var other = algorithm.Apply(gpt, new Shape("batch", "tokens"));
        return (other, other);
    }
}
