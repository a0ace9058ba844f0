using System.Text;

namespace StickGen.Generators.Emission;

/// <summary>Writes indented code with <c>\n</c> at the end of every line, whatever the machine.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder text = new();
    private int depth;
    private bool isSeparated;

    /// <summary>Writes the lines of a text, each indented.</summary>
    public void Line(string lines = "")
    {
        if (isSeparated)
            text.Append('\n');
        isSeparated = false;
        foreach (var line in lines.Split('\n'))
        {
            if (line.Length > 0)
                text.Append(' ', depth * 4).Append(line.TrimEnd('\r'));
            text.Append('\n');
        }
    }

    /// <summary>Leaves an empty line before the next one, unless that closes a block.</summary>
    public void Separate() => isSeparated = true;

    /// <summary>Opens a block, which is closed when the result is disposed.</summary>
    public Block Open(string header)
    {
        Line(header);
        Line("{");
        depth++;
        return new(this);
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    /// <summary>An open block.</summary>
    internal readonly struct Block(SourceWriter writer) : IDisposable
    {
        public void Dispose()
        {
            writer.depth--;
            writer.isSeparated = false;
            writer.Line("}");
        }
    }
}
