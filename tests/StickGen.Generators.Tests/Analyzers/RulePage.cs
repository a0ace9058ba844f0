using System.Text.RegularExpressions;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>A page of docs/rules: the rule, and code that breaks and that keeps it.</summary>
internal sealed partial class RulePage
{
    private RulePage(string text) => Text = text;

    /// <summary>The folder of the pages.</summary>
    public static string Folder { get; } = Path.Combine(Repository(), "docs", "rules");

    /// <summary>All of it.</summary>
    public string Text { get; }

    /// <summary>The code under "Bad".</summary>
    public Example Bad => Section("Bad");

    /// <summary>The code under "Good".</summary>
    public Example Good => Section("Good");

    /// <summary>The page of a rule.</summary>
    public static RulePage Read(string id) => new(File.ReadAllText(Path.Combine(Folder, id + ".md")));

    private Example Section(string title)
    {
        var section = Assert.Single(Text.Split("\n## "), part => part.StartsWith(title + "\n", StringComparison.Ordinal));
        return new(
            Assert.Single(Blocks(section, "csharp")),
            [.. Blocks(section, "xml").SelectMany(xml => Include().Matches(xml)).Select(match => match.Groups[1].Value)],
            Blocks(section, "json").SingleOrDefault());
    }

    private static IEnumerable<string> Blocks(string section, string language) =>
        Block().Matches(section).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "StickGen.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        return folder;
    }

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("<AdditionalFiles Include=\"([^\"]*)\"")]
    private static partial Regex Include();

    /// <summary>An example.</summary>
    /// <param name="Source">The C#.</param>
    /// <param name="AdditionalFiles">The additional files that its project file names.</param>
    /// <param name="Signature">The text of those files, if the page shows it.</param>
    internal sealed record Example(string Source, IReadOnlyList<string> AdditionalFiles, string? Signature);
}
