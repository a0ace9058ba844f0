using Microsoft.CodeAnalysis;

namespace StickGen.Cli.Check;

/// <summary>Prints a report: a line for each class, what is to be said about it below, and a summary.</summary>
internal static class TextReport
{
    public static void Write(CheckReport report, TextWriter output, bool summaryOnly)
    {
        if (!summaryOnly && report.Classes.Count > 0)
            WriteClasses(report, output);
        foreach (var note in report.Notes)
            output.WriteLine($"note: {note}");
        WriteSummary(report.Classes, output);
    }

    private static void WriteClasses(CheckReport report, TextWriter output)
    {
        var rows = report.Classes.Select(result => (Result: result, Place: $"{report.Show(result.File)}:{result.Line}")).ToArray();
        var classWidth = rows.Max(row => row.Result.Class.Length);
        foreach (var (result, place) in rows)
        {
            var remark = result.OpaqueNodes > 0 ? $"  {result.OpaqueNodes} opaque" : "";
            output.WriteLine($"{Name(result.Status),-11}  {result.Class.PadRight(classWidth)}  {place}{remark}");
            foreach (var diagnostic in result.Diagnostics)
                output.WriteLine($"    {report.Show(diagnostic.File)}({diagnostic.Line}): {Name(diagnostic.Severity)} {diagnostic.Id}: {diagnostic.Message}");
        }

        output.WriteLine();
    }

    private static void WriteSummary(IReadOnlyList<ClassResult> classes, TextWriter output)
    {
        if (classes.Count == 0)
        {
            output.WriteLine("No class derives from a TorchSharp module and has a forward.");
            return;
        }

        output.WriteLine($"{classes.Count} {(classes.Count == 1 ? "class" : "classes")} with a forward");
        WriteCount("fully captured", CaptureStatus.Full);
        WriteCount("captured with opaque parts", CaptureStatus.Partial);
        WriteCount("unsupported", CaptureStatus.Unsupported);
        WriteNumber("of which the emitted code does not compile", classes.Count(result => result.EmittedCompiles == false));
        WriteNumber("captured that do not compile here themselves (missing references?)", classes.Count(result => result.EmittedCompiles is null && result.Status != CaptureStatus.Unsupported));

        void WriteCount(string what, CaptureStatus status)
        {
            var count = classes.Count(result => result.Status == status);
            output.WriteLine($"{count,6}  {what} ({100.0 * count / classes.Count:0.#}%)");
        }

        void WriteNumber(string what, int count)
        {
            if (count > 0)
                output.WriteLine($"{count,6}  {what}");
        }
    }

    /// <summary>A status as the tool writes it everywhere.</summary>
    public static string Name(CaptureStatus status) => status.ToString().ToLowerInvariant();

    /// <summary>A severity as compilers write it.</summary>
    public static string Name(DiagnosticSeverity severity) => severity.ToString().ToLowerInvariant();
}
