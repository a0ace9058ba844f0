using System.Runtime.CompilerServices;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;
using Xunit.Sdk;

namespace StickGen.Generators.Tests.Snapshots;

/// <summary>
/// Compares a text with the file that a person has read and approved, by the convention of Verify: the approved text is
/// <c>Class.Method.verified.cs</c> beside the test; a difference leaves <c>….received.cs</c> there and fails the test.
/// With <c>STICKGEN_ACCEPT=1</c> in the environment what is received becomes what is approved.
/// </summary>
internal static class Verifier
{
    /// <summary>Fails unless <paramref name="received"/> is the approved text of the calling test.</summary>
    public static void Verify(
        string received, string extension = "cs", [CallerFilePath] string testFile = "", [CallerMemberName] string test = "")
    {
        received = received.Replace("\r\n", "\n", StringComparison.Ordinal);
        var stem = Path.Combine(Path.GetDirectoryName(testFile)!, $"{Path.GetFileNameWithoutExtension(testFile)}.{test}");
        var verifiedPath = $"{stem}.verified.{extension}";
        var receivedPath = $"{stem}.received.{extension}";
        var verified = File.Exists(verifiedPath) ? File.ReadAllText(verifiedPath).Replace("\r\n", "\n", StringComparison.Ordinal) : null;
        if (received == verified)
        {
            File.Delete(receivedPath);
            return;
        }

        if (Environment.GetEnvironmentVariable("STICKGEN_ACCEPT") == "1")
        {
            File.WriteAllText(verifiedPath, received);
            File.Delete(receivedPath);
            return;
        }

        File.WriteAllText(receivedPath, received);
        throw new XunitException(verified is null
            ? $"There is no approved snapshot '{verifiedPath}'. Read '{receivedPath}' and accept it with STICKGEN_ACCEPT=1."
            : $"The snapshot '{verifiedPath}' differs (- approved, + received):\n{Difference(verified, received)}");
    }

    private static string Difference(string verified, string received) => string.Join('\n', InlineDiffBuilder
        .Diff(verified, received).Lines
        .Where(line => line.Type != ChangeType.Unchanged)
        .Select(line => $"{(line.Type == ChangeType.Deleted ? '-' : '+')} {line.Text}"));
}
