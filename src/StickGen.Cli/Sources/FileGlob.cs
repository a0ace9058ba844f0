using System.Text;
using System.Text.RegularExpressions;

namespace StickGen.Cli.Sources;

/// <summary>A pattern of MSBuild's items: <c>**</c> is any number of folders, <c>*</c> and <c>?</c> are parts of one name.</summary>
internal static class FileGlob
{
    /// <summary>The files of a project's folder (or of the folder that the pattern begins with) which a pattern selects.</summary>
    public static IEnumerable<string> Select(string folder, string pattern)
    {
        pattern = pattern.Replace('\\', '/');
        var wildcard = pattern.IndexOfAny(['*', '?']);
        if (wildcard < 0)
        {
            var file = Path.GetFullPath(Path.Combine(folder, pattern));
            return File.Exists(file) ? [file] : [];
        }

        var slash = pattern.LastIndexOf('/', wildcard);
        var start = Path.GetFullPath(Path.Combine(folder, slash < 0 ? "." : pattern[..(slash + 1)]));
        if (!Directory.Exists(start))
            return [];
        var regex = new Regex(ToRegex(pattern[(slash + 1)..]), RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
        return SourceFiles.Under(start, ".cs").Where(file => regex.IsMatch(Path.GetRelativePath(start, file).Replace('\\', '/')));
    }

    private static string ToRegex(string pattern)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern.AsSpan(i).StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (pattern.AsSpan(i).StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else
            {
                regex.Append(pattern[i] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    var other => Regex.Escape(other.ToString()),
                });
            }
        }

        return regex.Append('$').ToString();
    }
}
