using StickGen.Deployment;

namespace StickGen.Runtime.Tests;

public sealed class TokenSamplerTests
{
    private static readonly float[] logits = [0.5f, 2, -1, float.NegativeInfinity, 2, 1.25f];

    [Fact]
    public void Greedy_takes_the_first_of_the_largest()
    {
        Assert.Equal(1, TokenSampler.Greedy(logits));
        Assert.Equal(1, new TokenSampler(temperature: 0).Next(logits));
        Assert.Equal(1, new TokenSampler(topK: 1).Next(logits));
    }

    /// <summary>The tokens that each setting leaves, and how often each is drawn: within four standard deviations of what softmax says.</summary>
    [Theory]
    [InlineData(1, 0, 1, "0 1 2 4 5")]
    [InlineData(0.5, 0, 1, "0 1 2 4 5")]
    [InlineData(1, 3, 1, "1 4 5")]
    [InlineData(1, 0, 0.5, "1 4")]
    [InlineData(1, 0, 0.8, "1 4 5")]
    [InlineData(2, 2, 0.4, "1")]
    public void Tokens_are_drawn_as_softmax_says(double temperature, int topK, double topP, string left)
    {
        const int Draws = 20_000;
        var tokens = left.Split(' ').Select(int.Parse).ToArray();
        var sampler = new TokenSampler(temperature, topK, topP, seed: 3);
        var counts = new int[logits.Length];
        for (var i = 0; i < Draws; i++)
            counts[sampler.Next(logits)]++;

        var total = tokens.Sum(token => Math.Exp(logits[token] / temperature));
        for (var token = 0; token < logits.Length; token++)
        {
            var probability = tokens.Contains(token) ? Math.Exp(logits[token] / temperature) / total : 0;
            Assert.InRange(counts[token] - (Draws * probability), -4 * Deviation(probability), 4 * Deviation(probability));
        }

        static double Deviation(double probability) => Math.Sqrt(Draws * probability * (1 - probability));
    }

    [Fact]
    public void The_same_seed_draws_the_same()
    {
        Assert.Equal(Draw(7), Draw(7));
        Assert.NotEqual(Draw(7), Draw(8));

        static int[] Draw(int seed)
        {
            var sampler = new TokenSampler(seed: seed);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(logits))];
        }
    }

    [Fact]
    public void Extreme_logits_leave_one_token()
    {
        Assert.Equal(1, new TokenSampler(temperature: 1e-300).Next([1, 2, 1.5f]));
        Assert.Equal(0, new TokenSampler().Next([float.MaxValue, -float.MaxValue]));
    }

    [Fact]
    public void What_cannot_be_drawn_from_is_refused()
    {
        Assert.Contains("no logit that is finite", Assert.Throws<ArgumentException>(() => TokenSampler.Greedy([])).Message);
        Assert.Contains("no logit that is finite", Assert.Throws<ArgumentException>(() => TokenSampler.Greedy([float.NegativeInfinity])).Message);
        Assert.Contains("token 1 is NaN", Assert.Throws<ArgumentException>(() => new TokenSampler().Next([0, float.NaN])).Message);
        Assert.Contains("token 2 is", Assert.Throws<ArgumentException>(() => new TokenSampler().Next([0, 1, float.PositiveInfinity])).Message);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Equal("temperature", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(temperature: -1)).ParamName);
        Assert.Equal("temperature", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(temperature: double.NaN)).ParamName);
        Assert.Equal("topK", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(topK: -1)).ParamName);
        Assert.Equal("topP", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(topP: 0)).ParamName);
        Assert.Equal("topP", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(topP: double.NaN)).ParamName);
    }
}
