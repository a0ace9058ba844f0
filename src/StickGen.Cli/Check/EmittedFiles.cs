using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StickGen.Cli.Sources;

namespace StickGen.Cli.Check;

/// <summary>Writes what the generator emits to files, to be read.</summary>
internal static class EmittedFiles
{
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Write(string folder, ImmutableArray<GeneratedSourceResult> emitted)
    {
        foreach (var file in emitted)
        {
            var path = Path.Combine(folder, file.HintName);
            try
            {
                Directory.CreateDirectory(folder);
                File.WriteAllText(path, file.SourceText.ToString());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new InputException($"'{path}' cannot be written: {exception.Message}");
            }
        }
    }
}
