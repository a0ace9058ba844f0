namespace StickGen.Deployment;

/// <summary>
/// Chooses the next token of a text from the logits that a language model computes: the most likely one, or one that is drawn. What is drawn depends on the seed alone, and on nothing that
/// happens elsewhere in the process. Not safe for use by several threads at a time.
/// </summary>
public sealed class TokenSampler
{
    private readonly Random random;

    /// <summary>A sampler.</summary>
    /// <param name="temperature">What logits are divided by: less than 1 prefers likely tokens, 0 always takes the most likely one. At least 0, finite.</param>
    /// <param name="topK">Only so many tokens, those most likely, are drawn from; 0 for all.</param>
    /// <param name="topP">Only the most likely tokens that together have this probability are drawn from (nucleus sampling, Holtzman et al. 2020): larger than 0, at most 1.</param>
    /// <param name="seed">What all draws derive from.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public TokenSampler(double temperature = 1, int topK = 0, double topP = 1, int seed = 0)
    {
        if (!double.IsFinite(temperature) || temperature < 0)
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "The temperature has to be a finite number, at least 0.");
        ArgumentOutOfRangeException.ThrowIfNegative(topK);
        if (topP is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(topP), topP, "The share of probability has to be larger than 0, at most 1.");
        (Temperature, TopK, TopP, random) = (temperature, topK, topP, new(seed));
    }

    /// <summary>What logits are divided by.</summary>
    public double Temperature { get; }

    /// <summary>How many tokens are drawn from; 0 for all.</summary>
    public int TopK { get; }

    /// <summary>The probability that the tokens have together that are drawn from.</summary>
    public double TopP { get; }

    /// <summary>The most likely token: of several the first.</summary>
    /// <param name="logits">One for each token; minus infinity for one that is not possible.</param>
    /// <exception cref="ArgumentException">There is no possible token, or a logit is NaN or plus infinity.</exception>
    public static int Greedy(ReadOnlySpan<float> logits)
    {
        var best = -1;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i]) || float.IsPositiveInfinity(logits[i]))
                throw new ArgumentException($"The logit of token {i} is {logits[i]}.", nameof(logits));
            if (!float.IsNegativeInfinity(logits[i]) && (best < 0 || logits[i] > logits[best]))
                best = i;
        }

        return best >= 0 ? best : throw new ArgumentException("No token is possible: there is no logit that is finite.", nameof(logits));
    }

    /// <summary>The next token.</summary>
    /// <inheritdoc cref="Greedy"/>
    public int Next(ReadOnlySpan<float> logits)
    {
        var best = Greedy(logits);
        if (Temperature == 0)
            return best;
        // Relative to the most likely one, whose weight is 1.
        var weights = new double[logits.Length];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = Math.Exp(((double)logits[i] - logits[best]) / Temperature);
        var tokens = Candidates(weights);
        var drawn = random.NextDouble() * tokens.Sum(token => weights[token]);
        foreach (var token in tokens)
        {
            drawn -= weights[token];
            if (drawn < 0)
                return token;
        }

        // Sums in floating point may leave a little.
        return tokens[0];
    }

    /// <summary>The tokens to draw from, the most likely first.</summary>
    private List<int> Candidates(double[] weights)
    {
        var sorted = Enumerable.Range(0, weights.Length).Where(token => weights[token] > 0).OrderByDescending(token => weights[token]).ThenBy(token => token).ToList();
        if (TopK > 0 && sorted.Count > TopK)
            sorted.RemoveRange(TopK, sorted.Count - TopK);
        var left = sorted.Sum(token => weights[token]) * TopP;
        var count = 0;
        while (count < sorted.Count && (count == 0 || left > 0))
            left -= weights[sorted[count++]];
        sorted.RemoveRange(count, sorted.Count - count);
        return sorted;
    }
}
