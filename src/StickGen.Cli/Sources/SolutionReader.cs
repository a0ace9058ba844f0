using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace StickGen.Cli.Sources;

/// <summary>Lists the C# projects of a solution, in the text form (.sln) and in the XML form (.slnx).</summary>
internal static partial class SolutionReader
{
    /// <exception cref="InputException">It cannot be read.</exception>
    public static IReadOnlyList<string> Projects(string solution)
    {
        var folder = Path.GetDirectoryName(solution)!;
        try
        {
            var paths = Path.GetExtension(solution).Equals(".slnx", StringComparison.OrdinalIgnoreCase)
                ? XDocument.Load(solution).Descendants("Project").Select(project => (string?)project.Attribute("Path"))
                : File.ReadLines(solution).Select(line => ProjectLine().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value);
            return [.. paths.OfType<string>()
                .Where(path => path.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase))
                .Select(path => Path.GetFullPath(Path.Combine(folder, path.Replace('\\', '/'))))
                .Distinct(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the solution '{solution}' cannot be read: {exception.Message}");
        }
    }

    [GeneratedRegex("""^\s*Project\("[^"]*"\)\s*=\s*"[^"]*"\s*,\s*"([^"]*)"\s*,""")]
    private static partial Regex ProjectLine();
}
