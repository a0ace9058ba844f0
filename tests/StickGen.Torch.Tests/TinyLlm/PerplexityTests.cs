using TinyLlm.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.TinyLlm;

public sealed class PerplexityTests
{
    private static readonly LlamaConfig config = new()
    {
        VocabSize = 9, HiddenSize = 16, IntermediateSize = 16, NumHiddenLayers = 1, NumAttentionHeads = 2, NumKeyValueHeads = 1, HeadDim = 8, MaxPositionEmbeddings = 8,
    };

    /// <summary>Against one window and one token at a time: 20 segments of 4 tokens, each read after the 4 before it.</summary>
    [Fact]
    public void Perplexity_is_that_of_each_token_after_its_context()
    {
        manual_seed(1).Dispose();
        using var model = new Llama(config, LinearLayers.Float);
        var random = new Random(2);
        var text = Enumerable.Range(0, 87).Select(_ => random.Next(9)).ToArray();
        var perplexity = Perplexity.Of(model, text, context: 8, default);
        Assert.Equal((20, 4), (perplexity.Losses.Count, perplexity.TokensInSegment));

        using var noGradient = no_grad();
        var sum = 0.0;
        for (var segment = 0; segment < 20; segment++)
        {
            var loss = 0.0;
            for (var i = 0; i < 4; i++)
            {
                using var scope = NewDisposeScope();
                var (begin, next) = (segment * 4, (segment * 4) + 5 + i);
                var logits = model.call(tensor(text[begin..next].Select(t => (long)t).ToArray(), [1, next - begin]))[0, -1].data<float>().ToArray();
                loss += Math.Log(logits.Sum(logit => Math.Exp(logit))) - logits[text[next]];
            }

            Assert.Equal(loss, perplexity.Losses[segment], 1e-4);
            sum += loss;
        }

        Assert.Equal(Math.Exp(sum / 80), perplexity.Value, 1e-4);
        Assert.Contains("8 tokens is too short for a context of 8", Assert.Throws<ArgumentException>(() => Perplexity.Of(model, text[..8], 8, default)).Message);
    }

    /// <summary>Of many segments, the interval is what the normal distribution says, within a tenth of its width.</summary>
    [Fact]
    public void Intervals_are_those_of_the_mean()
    {
        var random = new Random(3);
        var perplexity = new Perplexity([.. Enumerable.Range(0, 900).Select(_ => 30 + (12 * random.NextDouble()))], 10);
        var (low, high) = Bootstrap.Interval(perplexity, seed: 1);
        var (mean, deviation) = (perplexity.Losses.Average() / 10, 0.1 * 12 / Math.Sqrt(12 * 900));
        Assert.Equal(mean - (1.96 * deviation), Math.Log(low), 0.2 * deviation);
        Assert.Equal(mean + (1.96 * deviation), Math.Log(high), 0.2 * deviation);
        Assert.Equal((low, high), Bootstrap.Interval(perplexity, seed: 1));
        Assert.NotEqual((low, high), Bootstrap.Interval(perplexity, seed: 2));
    }

    /// <summary>What two models share does not widen the interval of their difference.</summary>
    [Fact]
    public void Increases_are_of_the_same_segments()
    {
        var random = new Random(4);
        var from = new Perplexity([.. Enumerable.Range(0, 200).Select(_ => 100 * random.NextDouble())], 10);
        var same = Bootstrap.IntervalOfIncrease(from, from, seed: 1);
        Assert.Equal((0, 0), same);
        var to = new Perplexity([.. from.Losses.Select(loss => loss + 0.1)], 10);
        var (low, high) = Bootstrap.IntervalOfIncrease(from, to, seed: 1);
        Assert.Equal(Math.Exp(0.01) - 1, low, 1e-9);
        Assert.Equal(Math.Exp(0.01) - 1, high, 1e-9);
        Assert.Throws<ArgumentException>(() => Bootstrap.IntervalOfIncrease(from, new([1, 2], 10), seed: 1));
    }
}
