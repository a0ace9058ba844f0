namespace StickGen.Rules;

/// <summary>
/// Reads patterns: <c>node := "(" kind [":" name] operand* ")"</c>, <c>operand := node | "$" name</c>.
/// </summary>
internal ref struct PatternParser
{
    private readonly string text;
    private int position;

    private PatternParser(string text) => this.text = text;

    public static PatternCall Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new PatternParser(text);
        var root = parser.Call();
        parser.SkipSpace();
        return parser.position == text.Length ? root : throw parser.Error("the end");
    }

    private PatternCall Call()
    {
        Expect('(');
        var kind = Name("a kind of node");
        var module = Accept(':') ? Name("the name of a module") : null;
        var operands = new List<PatternNode>();
        while (!Accept(')'))
            operands.Add(Accept('$') ? new PatternInput(Name("the name of a tensor")) : Call());
        return new(kind, module, [.. operands]);
    }

    private string Name(string expected)
    {
        SkipSpace();
        var start = position;
        while (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] == '_'))
            position++;
        return position > start ? text[start..position] : throw Error(expected);
    }

    private void Expect(char c)
    {
        if (!Accept(c))
            throw Error($"'{c}'");
    }

    private bool Accept(char c)
    {
        SkipSpace();
        if (position == text.Length || text[position] != c)
            return false;
        position++;
        return true;
    }

    private void SkipSpace()
    {
        while (position < text.Length && text[position] == ' ')
            position++;
    }

    private readonly FormatException Error(string expected) =>
        new($"The pattern '{text}' is malformed at position {position}: {expected} is expected.");
}
