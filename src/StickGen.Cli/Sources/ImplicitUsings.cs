namespace StickGen.Cli.Sources;

/// <summary>The namespaces that the .NET SDK imports into every file if <c>ImplicitUsings</c> is set.</summary>
internal static class ImplicitUsings
{
    public static readonly IReadOnlyList<string> Sdk =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
    ];
}
