using System.Text.Encodings.Web;
using System.Text.Json;

namespace StickGen.Cli.Check;

/// <summary>Writes a report as JSON: a list with an object for each class. docs/stick-check.md describes it.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // Read by people too; nothing here goes into a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(CheckReport report, string file)
    {
        try
        {
            File.WriteAllText(file, ToJson(report) + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"'{file}' cannot be written: {exception.Message}");
        }
    }

    /// <summary>The text of the file.</summary>
    public static string ToJson(CheckReport report) => JsonSerializer.Serialize(
        report.Classes.Select(result => new
        {
            File = report.Show(result.File),
            result.Line,
            result.Class,
            Status = TextReport.Name(result.Status),
            result.OpaqueNodes,
            result.EmittedCompiles,
            Diagnostics = result.Diagnostics.Select(diagnostic => new
            {
                diagnostic.Id,
                Severity = TextReport.Name(diagnostic.Severity),
                diagnostic.Message,
                File = report.Show(diagnostic.File),
                diagnostic.Line,
            }),
        }),
        Options);
}
