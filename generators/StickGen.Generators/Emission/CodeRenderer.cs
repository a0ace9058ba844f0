using System.Globalization;
using System.Text;
using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Fills the holes of captured code.</summary>
/// <param name="original">How the code names the module that is compressed.</param>
/// <param name="running">How the code names the module that runs.</param>
/// <param name="member">How it reads a module or state of the running module.</param>
/// <param name="value">How it names a value.</param>
/// <param name="variant">How it names the class of modules that are instances of a compressible class in the original.</param>
internal sealed class CodeRenderer(
    string original, string running, Func<string, string> member, Func<int, string> value, Func<string, string>? variant = null)
{
    /// <summary>The code with its holes filled.</summary>
    public string Render(EquatableArray<CodePart> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part.Kind switch
            {
                CodePartKind.Code => part.Text,
                CodePartKind.Original => original,
                CodePartKind.Running => running,
                CodePartKind.Member => member(part.Text),
                CodePartKind.Value => value(part.Value),
                CodePartKind.Variant => variant is null ? part.Text : variant(part.Text),
                CodePartKind.Local => Names.Escape(part.Text),
                _ => throw new ArgumentOutOfRangeException(nameof(parts), part.Kind, null),
            });
        }

        return text.ToString();
    }

    /// <summary>The name of the local that holds a value.</summary>
    public static string Local(int value) => "v" + value.ToString(CultureInfo.InvariantCulture);
}
