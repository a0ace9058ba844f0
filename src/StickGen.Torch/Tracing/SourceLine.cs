using System.Reflection;

namespace StickGen.Compression;

/// <summary>
/// Where a statement is. What is emitted counts lines from the attribute of the class, so that an edit above the class emits nothing anew; the compiler tells
/// the attribute its own line.
/// </summary>
internal static class SourceLine
{
    /// <summary>The line, from 1, or <see langword="null"/> if it is not known.</summary>
    /// <param name="model">A model of the class.</param>
    /// <param name="line">The line, counted from the attribute.</param>
    public static int? Of(ICompressible model, int? line)
    {
        if (line is null || model.SourceFile.Length == 0)
            return null;
        for (var type = model.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<CompressibleAttribute>(inherit: false) is { } mark)
                return mark.Line > 0 ? mark.Line + line : null;
        }

        return null;
    }
}
