using System.Runtime.CompilerServices;
using System.Text;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace StickGen.Generators.Tests.Verification;

/// <summary>
/// Compares text with a <c>Name.verified.cs</c> beside the test, by the convention of Verify: a difference leaves a
/// <c>Name.received.cs</c> and shows the lines, a snapshot without a verified file fails. <c>STICKGEN_ACCEPT=1</c> accepts
/// what was received.
/// </summary>
internal static class Snapshot
{
    private static bool IsAccepting => Environment.GetEnvironmentVariable("STICKGEN_ACCEPT") == "1";

    /// <summary>Compares one text.</summary>
    public static Task Verify(
        string target, string extension = "txt", [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "") =>
        Verify([("", target)], extension, sourceFile, method);

    /// <summary>Compares several texts, each with a file of its own: <c>Name#part.verified.cs</c>.</summary>
    public static async Task Verify(
        IReadOnlyList<(string Part, string Text)> targets, string extension, string sourceFile, string method)
    {
        var folder = Path.GetDirectoryName(sourceFile)!;
        var name = $"{Path.GetFileNameWithoutExtension(sourceFile)}.{method}";
        var failures = new StringBuilder();
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (part, text) in targets)
        {
            var file = part.Length == 0 ? name : $"{name}#{part}";
            expected.Add($"{file}.verified.{extension}");
            await Compare(Path.Combine(folder, file), extension, text, failures);
        }

        foreach (var stale in Directory.GetFiles(folder, $"{name}#*.verified.{extension}").Where(f => !expected.Contains(Path.GetFileName(f))))
        {
            if (IsAccepting)
                File.Delete(stale);
            else
                failures.AppendLine($"{Path.GetFileName(stale)} is verified, and was not emitted.");
        }

        if (failures.Length > 0)
            Assert.Fail($"{failures}\nRead the .received files; if they are right, run the tests again with STICKGEN_ACCEPT=1.");
    }

    private static async Task Compare(string path, string extension, string text, StringBuilder failures)
    {
        var (verified, received) = ($"{path}.verified.{extension}", $"{path}.received.{extension}");
        var expected = File.Exists(verified) ? await File.ReadAllTextAsync(verified) : null;
        if (expected == text)
        {
            File.Delete(received);
            return;
        }

        if (IsAccepting)
        {
            await File.WriteAllTextAsync(verified, text);
            File.Delete(received);
            return;
        }

        await File.WriteAllTextAsync(received, text);
        failures.AppendLine(expected is null ? $"{Path.GetFileName(verified)} does not exist yet." : Path.GetFileName(verified));
        foreach (var line in InlineDiffBuilder.Diff(expected ?? "", text).Lines)
        {
            if (line.Type == ChangeType.Inserted)
                failures.AppendLine($"+ {line.Text}");
            else if (line.Type == ChangeType.Deleted)
                failures.AppendLine($"- {line.Text}");
        }
    }
}
