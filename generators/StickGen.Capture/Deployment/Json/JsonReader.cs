using System.Text;

namespace StickGen.Capture.Deployment.Json;

/// <summary>
/// Reads JSON as RFC 8259 has it: no comments, no trailing commas, no member twice. Written here because an analyzer
/// must not bring a JSON library into the compiler's process.
/// </summary>
internal sealed class JsonReader
{
    /// <summary>A signature needs five levels; the bound keeps a hostile file from overflowing the compiler's stack.</summary>
    private const int MaximumDepth = 32;

    private readonly string text;
    private int position;
    private int depth;

    private JsonReader(string text) => this.text = text;

    /// <summary>The value that is the whole of <paramref name="text"/>.</summary>
    /// <exception cref="JsonFormatException">The text is not JSON.</exception>
    public static JsonValue Read(string text)
    {
        var reader = new JsonReader(text);
        var value = reader.ReadValue();
        reader.SkipWhiteSpace();
        return reader.position == text.Length ? value : throw reader.Unexpected("the end of the file");
    }

    private JsonValue ReadValue()
    {
        SkipWhiteSpace();
        switch (Peek())
        {
            case '{':
                return ReadObject();
            case '[':
                return ReadArray();
            case '"':
                var start = position;
                return new(JsonKind.String, start, ReadString());
            case '-' or (>= '0' and <= '9'):
                return ReadNumber();
            case 't':
                return ReadLiteral(JsonKind.Boolean, "true");
            case 'f':
                return ReadLiteral(JsonKind.Boolean, "false");
            case 'n':
                return ReadLiteral(JsonKind.Null, "null");
            default:
                throw Unexpected("a value");
        }
    }

    private JsonValue ReadObject()
    {
        var value = Open(JsonKind.Object);
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (Accept('}'))
            return Close(value);
        do
        {
            SkipWhiteSpace();
            var start = position;
            if (Peek() != '"')
                throw Unexpected("a member name in quotes");
            var name = ReadString();
            if (!names.Add(name))
                throw new JsonFormatException($"the member '{name}' appears twice", start);
            Expect(':', $"':' after the member name '{name}'");
            value.Members.Add(new(name, ReadValue()));
        }
        while (Accept(','));
        Expect('}', "',' or '}'");
        return Close(value);
    }

    private JsonValue ReadArray()
    {
        var value = Open(JsonKind.Array);
        if (Accept(']'))
            return Close(value);
        do
        {
            value.Elements.Add(ReadValue());
        }
        while (Accept(','));
        Expect(']', "',' or ']'");
        return Close(value);
    }

    private JsonValue Open(JsonKind kind)
    {
        if (++depth > MaximumDepth)
            throw new JsonFormatException($"nested deeper than {MaximumDepth} levels", position);
        return new(kind, position++, "");
    }

    private JsonValue Close(JsonValue value)
    {
        depth--;
        return value;
    }

    private string ReadString()
    {
        var start = position++;
        var result = new StringBuilder();
        while (position < text.Length)
        {
            var c = text[position++];
            switch (c)
            {
                case '"':
                    return result.ToString();
                case '\\':
                    result.Append(ReadEscape());
                    break;
                case < ' ':
                    throw new JsonFormatException("a control character in a string", position - 1);
                default:
                    result.Append(c);
                    break;
            }
        }

        throw new JsonFormatException("the string that begins here has no end", start);
    }

    private char ReadEscape()
    {
        var start = position - 1;
        switch (position < text.Length ? text[position++] : '\0')
        {
            case '"':
                return '"';
            case '\\':
                return '\\';
            case '/':
                return '/';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when position + 4 <= text.Length && text.Substring(position, 4).All(Uri.IsHexDigit):
                position += 4;
                return (char)Convert.ToUInt16(text.Substring(position - 4, 4), 16);
            default:
                throw new JsonFormatException("not an escape sequence of JSON", start);
        }
    }

    private JsonValue ReadNumber()
    {
        var start = position;
        if (Peek() == '-')
            position++;
        if (Peek() == '0')
            position++;
        else
            SkipDigits();
        if (Peek() == '.')
        {
            position++;
            SkipDigits();
        }

        if (Peek() is 'e' or 'E')
        {
            position++;
            if (Peek() is '+' or '-')
                position++;
            SkipDigits();
        }

        return new(JsonKind.Number, start, text.Substring(start, position - start));
    }

    private void SkipDigits()
    {
        if (Peek() is not (>= '0' and <= '9'))
            throw Unexpected("a digit");
        while (Peek() is >= '0' and <= '9')
            position++;
    }

    private JsonValue ReadLiteral(JsonKind kind, string literal)
    {
        var start = position;
        if (string.CompareOrdinal(text, start, literal, 0, literal.Length) != 0)
            throw Unexpected("a value");
        position += literal.Length;
        return new(kind, start, literal);
    }

    private bool Accept(char c)
    {
        SkipWhiteSpace();
        if (Peek() != c)
            return false;
        position++;
        return true;
    }

    private void Expect(char c, string what)
    {
        if (!Accept(c))
            throw Unexpected(what);
    }

    private void SkipWhiteSpace()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
            position++;
    }

    /// <summary>The next character, or NUL, which no token of JSON begins with, at the end.</summary>
    private char Peek() => position < text.Length ? text[position] : '\0';

    private JsonFormatException Unexpected(string expected)
    {
        var found = position == text.Length ? "the file ends" : text[position] is var c && c is > ' ' and <= '~'
            ? $"there is '{c}'"
            : $"there is the character U+{(int)c:X4}";
        return new($"expected {expected}, but {found}", position);
    }
}
