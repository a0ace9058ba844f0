using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

/// <summary>
/// Whether a run that is killed again and again ends as one that is not: it is another process of this program, killed the hard way
/// (SIGKILL) after a random time and started again with <c>--resume</c>. What it trained and what it deployed have to be the same bytes.
/// </summary>
internal sealed class KillTest(Run run, CommandLine command, CancellationToken stop)
{
    private const int StepsBetweenCheckpoints = 20;

    private readonly Random random = new(run.Seed);

    public bool Run()
    {
        if (run.Algorithm is null)
            throw new ArgumentException($"kills are tested with an algorithm, not with {run.AlgorithmName}.");
        var clock = Stopwatch.StartNew();
        var expected = Path.Combine(command.Output, "kill-test", "uninterrupted");
        Clear(expected);
        using (var child = Start(expected))
            Finish(child);
        var time = clock.Elapsed;
        Console.WriteLine($"uninterrupted: {time.TotalSeconds:0} s");

        var actual = Path.Combine(command.Output, "kill-test", "killed");
        Clear(actual);
        var (kills, completed, different) = (0, 0, 0);
        // The last run is brought to its end, or nothing would be known of its kills.
        var isOpen = true;
        while (kills < command.Kills || isOpen)
        {
            stop.ThrowIfCancellationRequested();
            using var child = Start(actual);
            if (kills < command.Kills && !child.WaitForExit(time * (0.4 * random.NextDouble())))
            {
                child.Kill();
                child.WaitForExit();
                kills++;
                isOpen = true;
                Console.WriteLine($"{kills} of {command.Kills} kills");
                continue;
            }

            Finish(child);
            completed++;
            isOpen = false;
            var difference = Difference(expected, actual);
            Console.WriteLine(difference is null ? "completed: the same bytes" : $"completed: '{difference}' differs");
            different += difference is null ? 0 : 1;
            Clear(actual);
        }

        Console.WriteLine($"{kills} kills, {completed} runs completed, {different} of them different");
        return different == 0;
    }

    private Process Start(string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ModelZoo.dll"));
        foreach (var argument in Arguments(folder))
            start.ArgumentList.Add(argument);
        var child = Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' cannot be started.");
        // What it says is of interest only if it fails.
        child.OutputDataReceived += static (_, _) => { };
        child.ErrorDataReceived += static (_, line) =>
        {
            if (line.Data is { } text)
                Console.Error.WriteLine(text);
        };
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }

    private IEnumerable<string> Arguments(string folder) =>
    [
        run.Network.Name, run.Data.Name, run.AlgorithmName, "--bits", run.Bits.ToString(), "--resume",
        "--epochs", Text(run.Recipe.Epochs), "--learning-rate", run.Recipe.LearningRate.ToString(CultureInfo.InvariantCulture), "--seed", Text(run.Seed), "--threads", Text(command.Threads),
        "--checkpoint-every", Text(StepsBetweenCheckpoints), "--output", folder, "--checkpoints", command.Checkpoints,
        .. command.Data is { } data ? ["--data", data] : Array.Empty<string>(),
    ];

    private void Finish(Process child)
    {
        while (!child.WaitForExit(TimeSpan.FromSeconds(1)))
        {
            if (stop.IsCancellationRequested)
                child.Kill();
            stop.ThrowIfCancellationRequested();
        }

        if (child.ExitCode != 0)
            throw new InvalidOperationException($"a run ended with exit code {child.ExitCode}; it said why above.");
    }

    /// <summary>The first file of a finished run that is not the same in both folders.</summary>
    private string? Difference(string expected, string actual) =>
        ((string[])[Experiment.TrainedFile(run, expected), Experiment.DeployedFile(run, expected)])
            .Select(path => Path.GetFileName(path)!)
            .FirstOrDefault(name => !Hash(expected, name).SequenceEqual(Hash(actual, name)));

    private static byte[] Hash(string folder, string name) => SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, name)));

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
