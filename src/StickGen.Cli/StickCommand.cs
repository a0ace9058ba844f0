using System.CommandLine;
using StickGen.Cli.Check;
using StickGen.Cli.Sources;

namespace StickGen.Cli;

/// <summary>The command line of <c>stick</c>.</summary>
internal static class StickCommand
{
    /// <summary>Everything asked for holds.</summary>
    public const int Success = 0;

    /// <summary>A class is not supported, or not fully captured where that was asked for.</summary>
    public const int Findings = 1;

    /// <summary>The arguments, or the files they name, are wrong.</summary>
    public const int UsageError = 2;

    /// <summary>Runs a command line and returns the exit code.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Compresses TorchSharp models at compile time: tools around StickGen.") { CheckCommand(output) };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                error.WriteLine($"stick: {problem.Message}");
            error.WriteLine("'stick check --help' shows how it is used.");
            return UsageError;
        }

        try
        {
            return parsed.Invoke(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (InputException exception)
        {
            error.WriteLine($"stick: {exception.Message}");
            return UsageError;
        }
    }

    private static Command CheckCommand(TextWriter output)
    {
        var path = new Argument<string>("PATH")
        {
            Description = "A folder of C# files, a project (.csproj), a solution (.sln, .slnx) or a single .cs file.",
        };
        var json = new Option<string?>("--json") { HelpName = "FILE", Description = "Writes the result as JSON too." };
        var failOn = new Option<string>("--fail-on")
        {
            HelpName = "partial|unsupported",
            Description = "The status from which on the exit code is 1.",
            DefaultValueFactory = _ => "unsupported",
        };
        failOn.AcceptOnlyFromAmong("partial", "unsupported");
        var emit = new Option<string?>("--emit") { HelpName = "DIR", Description = "Writes the emitted code to a folder." };
        var summary = new Option<bool>("--summary") { Description = "Prints the summary alone." };
        var check = new Command(
            "check",
            """
            Says of every class that derives from a TorchSharp module and has a forward what [Compressible] would make of it: fully captured, captured with opaque parts, or unsupported, and why.

            Exit codes: 0 all classes are captured, 1 some are not, 2 the arguments are wrong.
            """)
        {
            path, json, emit, failOn, summary,
        };
        check.SetAction(parsed =>
        {
            var inputs = SourceInputs.Read(parsed.GetRequiredValue(path));
            var report = CheckRun.Run(inputs, parsed.GetValue(emit));
            TextReport.Write(report, output, parsed.GetValue(summary));
            if (parsed.GetValue(json) is { } file)
                JsonReport.Write(report, file);
            var worst = parsed.GetValue(failOn) == "partial" ? CaptureStatus.Partial : CaptureStatus.Unsupported;
            return report.Classes.Any(result => result.Status >= worst) ? Findings : Success;
        });
        return check;
    }
}
