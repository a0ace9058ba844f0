using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using TinyLlm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.TinyLlm;

/// <summary>Decoding token by token with a cache computes what the whole text does.</summary>
public sealed class DecodingTests
{
    private const int Context = 16;

    private static readonly long[] tokens = [5, 1, 1, 18, 0, 7, 12, 3, 3, 19, 2, 11, 6, 14, 8, 10];

    private static readonly LlamaConfig llama = new()
    {
        VocabSize = 20, HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, HeadDim = 8, MaxPositionEmbeddings = Context,
    };

    private static readonly GptConfig gpt = new() { VocabSize = 20, HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = Context };

    private static readonly LinearLayer quantized = (name, inputs, outputs, hasBias) =>
    {
        using var linear = nn.Linear(inputs, outputs, hasBias);
        return new QuantizedLinear(linear, new() { Bits = 8, GroupSize = 16 });
    };

    [Theory]
    [InlineData("llama", "16")]
    [InlineData("llama", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    [InlineData("llama", "7 1 1 5 2")]
    [InlineData("llama quantized", "7 1 1 5 2")]
    [InlineData("gpt", "16")]
    [InlineData("gpt", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    [InlineData("gpt", "7 1 1 5 2")]
    [InlineData("gpt quantized", "7 1 1 5 2")]
    public void Steps_give_the_logits_of_the_whole_text(string kind, string steps)
    {
        using var model = Create(kind);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var whole = model.call(tensor(tokens, [1, tokens.Length]))[0];
        using var cache = ((ITokenDecoder)model).NewCache();
        Check(0);
        // As if nothing after the third token had been.
        cache.Truncate(3);
        Check(3);

        void Check(int start)
        {
            foreach (var count in steps.Split(' ').Select(int.Parse))
            {
                var end = Math.Min(start + count, tokens.Length);
                if (start == end)
                    break;
                var logits = ((ITokenDecoder)model).Step(tensor(tokens[start..end], [1, end - start]), cache);
                Assert.Equal([1, 20], logits.shape);
                Assert.True(logits[0].allclose(whole[end - 1], rtol: 1e-4, atol: 1e-5), $"token {end - 1}");
                start = end;
                Assert.Equal(end, cache.Count);
            }
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt")]
    public void Greedy_text_is_that_of_the_whole_model(string kind)
    {
        using var model = Create(kind);
        using var generator = new TokenGenerator((ITokenDecoder)model, new(temperature: 0));
        List<int> text = [5, 1];
        var generated = generator.Generate(text, 40).ToList();
        // The slow way, with the same rule for texts that are longer than the context.
        var first = 0;
        using var noGradient = no_grad();
        foreach (var token in generated)
        {
            using var scope = NewDisposeScope();
            if (text.Count - first > Context)
                first = text.Count - (Context / 2);
            var read = text.Skip(first).Select(t => (long)t).ToArray();
            var expected = TokenSampler.Greedy(model.call(tensor(read, [1, read.Length]))[0, -1].data<float>().ToArray());
            Assert.Equal(expected, token);
            text.Add(token);
        }

        Assert.Equal(generated, generator.Generate([5, 1], 40));
        Assert.Throws<ArgumentException>(() => generator.Generate([], 1).ToList());
    }

    [Fact]
    public void A_full_cache_says_so()
    {
        using var model = Create("gpt");
        using var cache = ((ITokenDecoder)model).NewCache();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        ((ITokenDecoder)model).Step(tensor(tokens[..10], [1, 10]), cache);
        Assert.ThrowsAny<Exception>(() => ((ITokenDecoder)model).Step(tensor(tokens[..7], [1, 7]), cache));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(11));
        var keys = zeros(1, 4, 7, 8);
        Assert.Contains("the cache has 10 of 16 tokens; there is no room for 7 more", Assert.Throws<InvalidOperationException>(() => cache.Append(0, keys, keys)).Message);
    }

    private static nn.Module<Tensor, Tensor> Create(string kind)
    {
        manual_seed(4).Dispose();
        return kind switch
        {
            "llama" => new Llama(llama, LinearLayers.Float),
            "llama quantized" => new Llama(llama, quantized),
            "gpt" => new Gpt(gpt, LinearLayers.Float),
            _ => new Gpt(gpt, quantized),
        };
    }
}
