namespace StickGen.Capture.Diagnostics;

/// <summary>Where the page of a rule is.</summary>
internal static class HelpLinks
{
    /// <summary>The folder of the pages, relative to the root of the repository.</summary>
    public const string Base = "docs/rules/";

    /// <summary>The page of the rule <paramref name="id"/>.</summary>
    public static string Of(string id) => $"{Base}{id}.md";
}
