using System.Text;
using StickGen.Capture.Models;

namespace StickGen.Capture.Rules;

/// <summary>
/// The text form that patterns travel in:
/// <c>node := "(" kind [":" name] operand* ")"</c>, <c>operand := node | "$" name</c>.
/// </summary>
internal static class PatternText
{
    /// <summary>The version of the form, which compiled rules name.</summary>
    public const int Version = 1;

    public static string Format(PatternNode pattern)
    {
        var text = new StringBuilder();
        Append(text, pattern);
        return text.ToString();
    }

    /// <summary>Reads a pattern, or gives <see langword="null"/> if the text is not one.</summary>
    public static PatternNode? Parse(string text)
    {
        var position = 0;
        var pattern = ParseNode(text, ref position, depth: 0);
        return position == text.Length ? pattern : null;
    }

    private static void Append(StringBuilder text, PatternOperand operand)
    {
        if (operand is PatternInput input)
        {
            text.Append('$').Append(input.Name);
            return;
        }

        var node = (PatternNode)operand;
        text.Append('(').Append(node.Kind);
        if (node.Module is not null)
            text.Append(':').Append(node.Module);
        foreach (var inner in node.Operands)
            Append(text.Append(' '), inner);
        text.Append(')');
    }

    private static PatternNode? ParseNode(string text, ref int position, int depth)
    {
        // Metadata of other assemblies is input from outside: it must not exhaust the stack.
        if (depth > 64 || !Take(text, ref position, '('))
            return null;
        var kind = ParseName(text, ref position);
        string? module = null;
        if (Take(text, ref position, ':'))
        {
            module = ParseName(text, ref position);
            if (module.Length == 0)
                return null;
        }

        var operands = new List<PatternOperand>();
        while (Take(text, ref position, ' '))
        {
            PatternOperand? operand = Take(text, ref position, '$')
                ? new PatternInput(ParseName(text, ref position))
                : ParseNode(text, ref position, depth + 1);
            if (operand is null or PatternInput { Name.Length: 0 })
                return null;
            operands.Add(operand);
        }

        return kind.Length > 0 && Take(text, ref position, ')') ? new(kind, module, operands.ToEquatableArray()) : null;
    }

    private static string ParseName(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && (char.IsLetterOrDigit(text[position]) || text[position] == '_'))
            position++;
        return text.Substring(start, position - start);
    }

    private static bool Take(string text, ref int position, char character)
    {
        if (position >= text.Length || text[position] != character)
            return false;
        position++;
        return true;
    }
}
