using System.Runtime.InteropServices;
using System.Text;

/// <summary>Learns the merges of a <see cref="BytePairTokenizer"/>: again and again, the pair of neighbouring tokens that is most frequent within words becomes a token.</summary>
internal static class BytePairTraining
{
    /// <summary>Learns from a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vocabularySize">How many tokens there are to be, at least 256; fewer if every word is one token before.</param>
    /// <remarks>Of pairs that are equally frequent, that of the smaller tokens is merged first: the result depends on the text alone.</remarks>
    public static BytePairTokenizer Learn(string text, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, BytePairTokenizer.Bytes);
        var words = Count(text);
        var merges = new List<(int, int)>();
        while (BytePairTokenizer.Bytes + merges.Count < vocabularySize)
        {
            if (MostFrequent(words) is not { } pair)
                break;
            Merge(words, pair, BytePairTokenizer.Bytes + merges.Count);
            merges.Add(pair);
        }

        return new(merges);
    }

    private static List<(List<int> Tokens, int Count)> Count(string text)
    {
        var counts = new Dictionary<string, int>();
        foreach (var piece in WordPieces.Of(text))
            CollectionsMarshal.GetValueRefOrAddDefault(counts, text[piece], out _)++;
        return [.. counts.Select(word => (Encoding.UTF8.GetBytes(word.Key).Select(value => (int)value).ToList(), word.Value))];
    }

    private static (int, int)? MostFrequent(List<(List<int> Tokens, int Count)> words)
    {
        var counts = new Dictionary<(int, int), long>();
        foreach (var (tokens, count) in words)
        {
            for (var i = 0; i + 1 < tokens.Count; i++)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, (tokens[i], tokens[i + 1]), out _) += count;
        }

        // A pair that occurs once is no pattern.
        return counts.Where(pair => pair.Value > 1).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Select(pair => ((int, int)?)pair.Key).FirstOrDefault();
    }

    private static void Merge(List<(List<int> Tokens, int Count)> words, (int Left, int Right) pair, int merged)
    {
        foreach (var (tokens, _) in words)
        {
            for (var i = 0; i + 1 < tokens.Count; i++)
            {
                if (tokens[i] != pair.Left || tokens[i + 1] != pair.Right)
                    continue;
                tokens[i] = merged;
                tokens.RemoveAt(i + 1);
            }
        }
    }
}
