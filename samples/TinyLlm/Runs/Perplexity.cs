using TorchSharp;
using static TorchSharp.torch;

/// <summary>
/// How well a model tells the next token of a text, over the segments that it was cut into. Each segment is half a context long, and read after the half before it, so that every token but
/// those of the first half has at least half a context before it.
/// </summary>
/// <param name="Losses">The summed cross entropy of each segment, in nats.</param>
/// <param name="TokensInSegment">How many tokens each has.</param>
internal sealed record Perplexity(IReadOnlyList<double> Losses, int TokensInSegment)
{
    private const int BatchSize = 16;

    /// <summary>The exponential of the mean cross entropy of a token.</summary>
    public double Value => Math.Exp(Losses.Average() / TokensInSegment);

    /// <summary>Measures a model.</summary>
    /// <param name="model">Tokens [batch, tokens], logits [batch, tokens, vocabulary].</param>
    /// <param name="text">Tokens.</param>
    /// <param name="context">The length that the model reads at once, even.</param>
    /// <param name="stop">Ends it between two batches.</param>
    /// <exception cref="ArgumentException">The text is not one context long.</exception>
    public static Perplexity Of(nn.Module<Tensor, Tensor> model, int[] text, int context, CancellationToken stop)
    {
        var half = context / 2;
        var count = (text.Length - 1 - half) / half;
        if (count < 1)
            throw new ArgumentException($"a text of {text.Length} tokens is too short for a context of {context}.", nameof(text));
        var losses = new double[count];
        using var noGradient = no_grad();
        model.eval();
        for (var first = 0; first < count; first += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Math.Min(BatchSize, count - first);
            var windows = stack([.. Enumerable.Range(first, batch).Select(i => Window(text, i * half, context + 1))]);
            var logits = model.call(windows.narrow(1, 0, context)).narrow(1, context - half, half);
            var targets = windows.narrow(1, context + 1 - half, half);
            var sums = nn.functional.cross_entropy(logits.reshape(batch * half, -1), targets.reshape(-1), reduction: nn.Reduction.None)
                .view(batch, half).to_type(ScalarType.Float64).sum(1);
            sums.data<double>().ToArray().CopyTo(losses, first);
        }

        return new(losses, half);
    }

    private static Tensor Window(int[] text, int start, int length) => tensor(Array.ConvertAll(text[start..(start + length)], token => (long)token));
}
