/// <summary>
/// Cuts text where no pair is ever merged: into words with the space before them, runs of digits or of other characters likewise, and line ends. Put together they are the text.
/// </summary>
internal static class WordPieces
{
    public static IEnumerable<Range> Of(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = EndOf(text, start);
            yield return start..end;
            start = end;
        }
    }

    private static int EndOf(string text, int start)
    {
        if (text[start] == '\n')
            return start + 1;
        // A space belongs to what follows it, unless that is a space or a line end.
        var first = text[start] == ' ' && start + 1 < text.Length && !char.IsWhiteSpace(text[start + 1]) ? start + 1 : start;
        var kind = KindOf(text[first]);
        var end = first + 1;
        while (end < text.Length && KindOf(text[end]) == kind && kind != Kind.Space)
            end++;
        return end;
    }

    private static Kind KindOf(char c) => char.IsLetter(c) || char.IsSurrogate(c) ? Kind.Letter : char.IsDigit(c) ? Kind.Digit : char.IsWhiteSpace(c) ? Kind.Space : Kind.Other;

    private enum Kind
    {
        Letter,
        Digit,
        Space,
        Other,
    }
}
