using System.Globalization;
using System.Text;

namespace StickGen.Matching;

/// <summary>
/// The text form that patterns travel in:
/// <code>
/// part     := call | "$" name | "$_" | "$*" name | "(|" part part* ")" | "(~" part ")"
/// call     := "(" kind [":" name] setting* part* ")"
/// setting  := name "=" (value | "@" name)
/// </code>
/// with single spaces between parts. The generator writes it and both the generator and the run-time library read it.
/// </summary>
internal ref struct PatternText
{
    /// <summary>The version of the form, which compiled rules name.</summary>
    public const int Version = 2;

    private const int Depth = 64;

    /// <summary>Optional nodes inside of each other repeat what is below them.</summary>
    private const int Length = 100_000;

    private readonly string text;
    private int position;

    private PatternText(string text) => this.text = text;

    public static string Format(PatternPart pattern)
    {
        var text = new StringBuilder();
        Append(text, pattern);
        return text.ToString();
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">The text is not one; the message says where.</exception>
    public static PatternPart Parse(string text)
    {
        if (text is null)
            throw new ArgumentNullException(nameof(text));
        if (text.Length > Length)
            throw new FormatException($"The pattern has {text.Length.ToString(CultureInfo.InvariantCulture)} characters; at most {Length.ToString(CultureInfo.InvariantCulture)} are read.");
        var parser = new PatternText(text);
        var root = parser.Root();
        return parser.position == text.Length ? root : throw parser.Error("the end");
    }

    /// <summary>Reads a pattern, or gives <see langword="null"/> if the text is not one.</summary>
    public static PatternPart? TryParse(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static void Append(StringBuilder text, PatternPart part)
    {
        switch (part)
        {
            case PatternInput input:
                text.Append('$').Append(input.Name);
                break;
            case PatternList list:
                text.Append("$*").Append(list.Name);
                break;
            case PatternAlternatives alternatives:
                text.Append("(|");
                foreach (var alternative in alternatives.Parts)
                    Append(text.Append(' '), alternative);
                text.Append(')');
                break;
            case PatternChain chain:
                Append(text.Append("(~ "), chain.Operand);
                text.Append(')');
                break;
            case PatternCall call:
                text.Append('(').Append(call.Kind);
                if (call.Module is not null)
                    text.Append(':').Append(call.Module);
                foreach (var setting in call.Settings)
                    text.Append(' ').Append(setting.Name).Append('=').Append(setting.Capture is null ? setting.Value.ToString() : "@" + setting.Capture);
                foreach (var operand in call.Operands)
                    Append(text.Append(' '), operand);
                text.Append(')');
                break;
        }
    }

    private PatternPart Root()
    {
        Expect('(');
        return AfterParenthesis(0);
    }

    private PatternPart Part(int depth)
    {
        if (Accept('$'))
            return Accept('*') ? new PatternList(Name("the name of a list")) : new PatternInput(Name("the name of a tensor"));
        Expect('(');
        return AfterParenthesis(depth);
    }

    private PatternPart AfterParenthesis(int depth)
    {
        // Metadata of other assemblies is input from outside: it must not exhaust the stack.
        if (depth > Depth)
            throw Error($"a depth of at most {Depth.ToString(CultureInfo.InvariantCulture)}");
        if (Accept('|'))
        {
            var parts = new List<PatternPart>();
            while (!Accept(')'))
            {
                Expect(' ');
                parts.Add(Part(depth + 1));
            }

            return parts.Count > 0 ? new PatternAlternatives([.. parts]) : throw Error("an alternative");
        }

        if (Accept('~'))
        {
            Expect(' ');
            var chain = new PatternChain(Part(depth + 1));
            Expect(')');
            return chain;
        }

        return Call(depth);
    }

    private PatternCall Call(int depth)
    {
        var kind = Name("a kind of node");
        var module = Accept(':') ? Name("the name of a module") : null;
        var settings = new List<PatternSetting>();
        var operands = new List<PatternPart>();
        while (!Accept(')'))
        {
            if (!Accept(' '))
                throw Error("' ' or ')'");
            if (position < text.Length && text[position] is '$' or '(')
                operands.Add(Part(depth + 1));
            else
                settings.Add(Setting());
        }

        return new(kind, module, [.. settings], [.. operands]);
    }

    private PatternSetting Setting()
    {
        var name = Name("a setting or a part");
        Expect('=');
        if (Accept('@'))
            return new(name, Name("a name"), default);
        var start = position;
        while (position < text.Length && text[position] is not (' ' or ')' or '('))
            position++;
        return SettingValue.Parse(text.Substring(start, position - start)) is { } value ? new(name, null, value) : throw Error("a value");
    }

    private string Name(string expected)
    {
        var start = position;
        while (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] == '_'))
            position++;
        return position > start ? text.Substring(start, position - start) : throw Error(expected);
    }

    private void Expect(char c)
    {
        if (!Accept(c))
            throw Error($"'{c}'");
    }

    private bool Accept(char c)
    {
        if (position >= text.Length || text[position] != c)
            return false;
        position++;
        return true;
    }

    private readonly FormatException Error(string expected) =>
        new($"The pattern '{(text.Length > 200 ? text.Substring(0, 200) + "…" : text)}' is malformed at position {position.ToString(CultureInfo.InvariantCulture)}: {expected} is expected.");
}
