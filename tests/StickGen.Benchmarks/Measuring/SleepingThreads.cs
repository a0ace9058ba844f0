using System.Diagnostics;

namespace StickGen.Benchmarks.Measuring;

/// <summary>
/// OpenMP's threads, with which TorchSharp computes, spin after their work, in the turns of others and on the cores that their threads need. A variable of the environment lets them sleep; libraries
/// read that of the process, which .NET cannot change.
/// </summary>
internal static class SleepingThreads
{
    private const string Variable = "OMP_WAIT_POLICY";

    /// <summary>Runs the program again with the variable, unless it is set.</summary>
    /// <returns>Its exit code, or <see langword="null"/> if it was set.</returns>
    public static int? RunAgain()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
            return null;
        var arguments = Environment.GetCommandLineArgs();
        var isHost = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        var start = new ProcessStartInfo(Environment.ProcessPath!, isHost ? arguments : arguments[1..]);
        start.Environment[Variable] = "PASSIVE";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
