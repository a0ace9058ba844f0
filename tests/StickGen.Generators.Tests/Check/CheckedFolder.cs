using System.Text.Json;
using StickGen.Cli;

namespace StickGen.Generators.Tests.Check;

/// <summary>A folder as a user has it, on which <c>stick check</c> is run.</summary>
internal sealed class CheckedFolder : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("stick-check-");

    public string Path => root.FullName;

    /// <summary>Writes a file, its folders included.</summary>
    public CheckedFolder With(string path, string text)
    {
        var file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return this;
    }

    /// <summary>Writes a file with the usings of TorchSharp code.</summary>
    public CheckedFolder WithModel(string path, string source) => With(path, Usings + source);

    /// <summary>What the usings take, so that tests can say where something is.</summary>
    public static int LinesAbove => Usings.Count(c => c == '\n');

    /// <summary>Runs <c>stick check</c> on the folder, or on a file in it.</summary>
    public CheckOutcome Check(string path = ".", params string[] options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var json = System.IO.Path.Combine(Path, "result.json");
        var code = StickCommand.Run(["check", System.IO.Path.Combine(Path, path), "--json", json, .. options], output, error);
        using var document = File.Exists(json) ? JsonDocument.Parse(File.ReadAllText(json)) : null;
        return new(code, output.ToString(), error.ToString(), document is null ? [] : [.. document.RootElement.EnumerateArray().Select(element => element.Clone())]);
    }

    public void Dispose() => root.Delete(recursive: true);

    private const string Usings = """
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;
        using static TorchSharp.torch.nn.functional;

        """;
}

/// <summary>What a run gave.</summary>
internal sealed record CheckOutcome(int ExitCode, string Output, string Error, IReadOnlyList<JsonElement> Classes)
{
    /// <summary>The entry of a class, by its name without namespaces.</summary>
    public JsonElement this[string name] => Classes.Single(entry => entry.GetProperty("class").GetString()!.Split('.')[^1] == name);

    /// <summary>The status of a class.</summary>
    public string Status(string name) => this[name].GetProperty("status").GetString()!;

    /// <summary>The ids of what is said about a class.</summary>
    public string[] Ids(string name) => [.. this[name].GetProperty("diagnostics").EnumerateArray().Select(diagnostic => diagnostic.GetProperty("id").GetString()!)];
}
