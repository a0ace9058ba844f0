using StickGen.Deployment;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests;

/// <summary>Texts that a decoder makes by itself, against choosing from the logits of the whole text again and again.</summary>
public sealed class TokenGenerationTests
{
    private const int Vocabulary = TinyDecoder.Vocabulary;

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void Tokens_are_chosen_from_the_logits_of_the_whole_text(double temperature)
    {
        for (var seed = 0; seed < 6; seed++)
        {
            using var model = QuantizedModel.FromGraph(TinyDecoder.Create(seed, ActivationPrecision.Float));
            var sampler = new TokenSampler(temperature, seed: 5);
            List<int> text = [3, 1, 4];
            for (var i = 0; i < 12; i++)
                text.Add(sampler.Next(Logits(model, text)));
            var decoder = model.CreateDecoder(20);
            Assert.Equal(text[3..], decoder.Generate([3, 1, 4], new(temperature, seed: 5), 12));
            // The last one is not read.
            Assert.Equal(14, decoder.Count);
        }
    }

    [Fact]
    public void A_text_ends_where_it_is_to()
    {
        using var model = QuantizedModel.FromGraph(TinyDecoder.Create(2));
        var all = model.CreateDecoder(20).Generate([3, 1], new(0.9, seed: 2), 18).ToList();
        var stop = all[^1];
        Assert.Equal(all.TakeWhile(t => t != stop), model.CreateDecoder(20).Generate([3, 1], new(0.9, seed: 2), 18, [stop]));
        // As many as there is room for, and the one that is not read.
        Assert.Equal(all[..7], model.CreateDecoder(8).Generate([3, 1], new(0.9, seed: 2), 18));
        Assert.Empty(model.CreateDecoder(8).Generate([3, 1], new(), 0));

        using var cancellation = new CancellationTokenSource();
        var made = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var token in model.CreateDecoder(20).Generate([3, 1], new(), 18, cancellation: cancellation.Token))
            {
                if (++made == 4)
                    cancellation.Cancel();
            }
        });
        Assert.Equal(4, made);
        Assert.Throws<ArgumentException>(() => model.CreateDecoder(8).Generate([], new(), 1));
        Assert.Throws<InvalidOperationException>(() => model.CreateDecoder(2).Generate([1, 2, 3], new(), 1));
    }

    private static float[] Logits(QuantizedModel model, List<int> text)
    {
        var logits = new float[text.Count * Vocabulary];
        model.Run(text.ToArray(), logits);
        return logits[^Vocabulary..];
    }
}
