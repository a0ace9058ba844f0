using Microsoft.CodeAnalysis.Text;
using StickGen.Capture.Deployment.Json;

namespace StickGen.Capture.Deployment;

/// <summary>A signature file, read: either <see cref="Signature"/> or <see cref="Error"/> is there.</summary>
/// <param name="Path">The path by which the compiler knows the file.</param>
/// <param name="Text">The whole text.</param>
/// <param name="Signature">What the text says.</param>
/// <param name="Error">Why it says nothing.</param>
internal sealed record SignatureFile(string Path, string Text, ModelSignature? Signature, SignatureError? Error)
{
    /// <summary>The name without the folders.</summary>
    public string Name => Path.Substring(Path.LastIndexOfAny(['/', '\\']) + 1);

    /// <summary>Reads a file; what is wrong with it becomes its <see cref="Error"/>.</summary>
    /// <param name="path">The path by which the compiler knows the file.</param>
    /// <param name="source">The text, or <see langword="null"/> if the compiler could not read it.</param>
    public static SignatureFile Read(string path, SourceText? source)
    {
        if (source is null)
            return new(path, "", null, new(1, 1, 0, "the file cannot be read", null));
        var text = source.ToString();
        try
        {
            return new(path, text, SignatureReader.Read(text), null);
        }
        catch (JsonFormatException error)
        {
            var place = source.Lines.GetLinePosition(error.Position);
            return new(path, text, null, new(place.Line + 1, place.Character + 1, error.Position, error.Message, null));
        }
        catch (SignatureVersionException error)
        {
            return new(path, text, null, new(1, 1, 0, error.Message, error.Format));
        }
    }
}
