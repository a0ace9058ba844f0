/// <summary>Shows a text while it is made.</summary>
internal static class TokenOutput
{
    /// <param name="beginning">What it begins with.</param>
    /// <param name="tokens">What comes next.</param>
    /// <param name="tokenizer">Knows the bytes of tokens.</param>
    /// <param name="stop">Ends it before the next token.</param>
    public static void Write(string beginning, IEnumerable<int> tokens, BytePairTokenizer tokenizer, CancellationToken stop)
    {
        Console.Write(beginning);
        using var output = Console.OpenStandardOutput();
        foreach (var token in tokens)
        {
            stop.ThrowIfCancellationRequested();
            // As bytes: a token may end within a character.
            output.Write(tokenizer.BytesOf(token));
            output.Flush();
        }

        Console.WriteLine();
    }
}
