using System.Diagnostics;

namespace StickGen.Benchmarks.Measuring;

/// <summary>
/// Times several things in turn, round after round, so that what else the machine does falls on all of them alike.
/// </summary>
internal static class InterleavedRounds
{
    /// <summary>A turn takes about this long, or one run: short, so that some turns pass without an interruption.</summary>
    private static readonly TimeSpan turn = TimeSpan.FromMilliseconds(1);

    /// <summary>Threads of a runtime go on spinning for a while after a run, which is not to fall into another's turn.</summary>
    private static readonly TimeSpan settling = TimeSpan.FromMilliseconds(3);

    /// <summary>The time of a run in each round, in microseconds, in ascending order, by action.</summary>
    public static double[][] Measure(int rounds, bool settle, params IReadOnlyList<Action> actions)
    {
        var runs = actions.Select(RunsInTurn).ToArray();
        var times = actions.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < actions.Count; i++)
            {
                if (settle)
                    Thread.Sleep(settling);
                // Brings weights back to the caches, and threads out of sleep.
                actions[i]();
                times[i][round] = Time(actions[i], runs[i]);
            }
        }

        foreach (var series in times)
            Array.Sort(series);
        return times;
    }

    public static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    private static int RunsInTurn(Action action)
    {
        for (var i = 0; i < 3; i++)
            action();
        return (int)Math.Clamp(turn.TotalMicroseconds / Time(action, 1), 1, 1000);
    }

    private static double Time(Action action, int runs)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < runs; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / runs;
    }
}
