using System.Text.RegularExpressions;

namespace StickGen.Generators.Emission;

/// <summary>What parameters of <c>forward</c> are called in emitted methods, which have names of their own.</summary>
internal static class ParameterNames
{
    /// <summary>The user's name, with <c>_</c> behind it where emitted code uses that name itself.</summary>
    public static string Of(string name, params string[] taken) =>
        taken.Contains(name, StringComparer.Ordinal) || IsValue(name) ? name + "_" : Names.Escape(name);

    /// <summary>Whether it is a name that a local with a value of the graph can have.</summary>
    public static bool IsValue(string name) => Regex.IsMatch(name, "^v[0-9]+$");
}
