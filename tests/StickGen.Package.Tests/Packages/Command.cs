using System.Diagnostics;
using System.Text;

namespace StickGen.Package.Tests.Packages;

/// <summary>Runs dotnet to its end and returns what it printed.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs dotnet, which must succeed.</summary>
    public static string Dotnet(string folder, params string[] arguments)
    {
        (int exitCode, string output) = TryDotnet(folder, arguments);
        Assert.True(exitCode == 0, $"Exit code {exitCode}: dotnet {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    public static (int ExitCode, string Output) TryDotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test host is itself started by MSBuild, whose settings must not reach a build of another project.
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";

        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"Not done after {Limit}: dotnet {string.Join(' ', arguments)}\n{output}");
        }

        process.WaitForExit();
        return (process.ExitCode, output.ToString());

        void Append(string? line)
        {
            if (line is not null)
            {
                lock (output)
                {
                    output.Append(line).Append('\n');
                }
            }
        }
    }
}
