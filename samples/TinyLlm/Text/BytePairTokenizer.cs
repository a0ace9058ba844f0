using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// Text as tokens (Sennrich et al. 2016): its UTF-8 bytes, of which pairs are merged within words, the pair that was merged first in training before all others. Every text can be
/// written so, and comes back unchanged. Tokens 0 to 255 are the bytes, then comes one for each merge.
/// </summary>
internal sealed class BytePairTokenizer
{
    public const int Bytes = 256;

    private readonly Dictionary<(int Left, int Right), int> ranks = [];
    private readonly List<byte[]> content = [.. Enumerable.Range(0, Bytes).Select(value => (byte[])[(byte)value])];
    private readonly Dictionary<string, int[]> known = [];

    /// <param name="merges">The pairs of tokens in the order in which they were merged.</param>
    /// <exception cref="InvalidDataException">A merge is of tokens that are not there yet, or occurs twice.</exception>
    public BytePairTokenizer(IReadOnlyList<(int Left, int Right)> merges)
    {
        foreach (var (left, right) in merges)
        {
            if (left < 0 || right < 0 || left >= content.Count || right >= content.Count)
                throw new InvalidDataException($"merge {ranks.Count} is of the tokens {left} and {right}; there are {content.Count} tokens before it.");
            if (!ranks.TryAdd((left, right), ranks.Count))
                throw new InvalidDataException($"merge {ranks.Count} of the tokens {left} and {right} occurs twice.");
            content.Add([.. content[left], .. content[right]]);
        }

        Merges = [.. merges];
    }

    /// <summary>How many tokens there are.</summary>
    public int VocabularySize => content.Count;

    /// <summary>The pairs of tokens in the order in which they were merged.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; }

    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length / 2);
        foreach (var piece in WordPieces.Of(text))
            tokens.AddRange(EncodePiece(text[piece]));
        return [.. tokens];
    }

    /// <summary>The text of tokens. Tokens that end within a character give the replacement character there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public string Decode(IEnumerable<int> tokens) => Encoding.UTF8.GetString([.. tokens.SelectMany(BytesOf)]);

    /// <summary>The bytes that a token stands for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public byte[] BytesOf(int token) => token >= 0 && token < content.Count
        ? content[token]
        : throw new ArgumentOutOfRangeException(nameof(token), token, $"there are tokens from 0 to {content.Count - 1}.");

    // The same words come again and again.
    private int[] EncodePiece(string piece)
    {
        ref var tokens = ref CollectionsMarshal.GetValueRefOrAddDefault(known, piece, out _);
        return tokens ??= Merge([.. Encoding.UTF8.GetBytes(piece).Select(value => (int)value)]);
    }

    private int[] Merge(List<int> tokens)
    {
        while (true)
        {
            var (best, bestRank) = (-1, int.MaxValue);
            for (var i = 0; i + 1 < tokens.Count; i++)
            {
                if (ranks.TryGetValue((tokens[i], tokens[i + 1]), out var rank) && rank < bestRank)
                    (best, bestRank) = (i, rank);
            }

            if (best < 0)
                return [.. tokens];
            tokens[best] = Bytes + bestRank;
            tokens.RemoveAt(best + 1);
        }
    }
}
