using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Text in pieces of one context each, one after the other: tokens [context], and for each of them the one that follows.</summary>
internal sealed class TokenWindows : IDataset
{
    private readonly long[] tokens;
    private readonly int context;

    /// <exception cref="ArgumentException">The text is not one context long.</exception>
    public TokenWindows(IReadOnlyCollection<int> tokens, int context)
    {
        this.tokens = [.. tokens];
        this.context = context;
        Count = (tokens.Count - 1) / context;
        if (Count < 1)
            throw new ArgumentException($"a text of {tokens.Count} tokens is too short for a context of {context} and the token that follows.", nameof(tokens));
    }

    public long Count { get; }

    public Batch GetBatch(ReadOnlySpan<long> indices)
    {
        var (inputs, targets) = (new long[indices.Length * context], new long[indices.Length * context]);
        for (var i = 0; i < indices.Length; i++)
        {
            var start = (int)indices[i] * context;
            tokens.AsSpan(start, context).CopyTo(inputs.AsSpan(i * context));
            tokens.AsSpan(start + 1, context).CopyTo(targets.AsSpan(i * context));
        }

        return new(tensor(inputs, [indices.Length, context]), tensor(targets, [indices.Length, context]));
    }
}
