using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>How fast decoders go on with a text, token by token: in turns, so that all have the same machine, and the fastest of many short runs, which others disturbed least.</summary>
internal static class DecodeSpeed
{
    private const int Rounds = 40, Tokens = 16, Before = 32;

    /// <returns>Tokens a second of each.</returns>
    public static double[] Measure(IReadOnlyList<DecodeTurn> models, int[] text, CancellationToken stop)
    {
        var threads = get_num_threads();
        set_num_threads(1);
        try
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            foreach (var model in models)
                model.Read(text[..Before]);
            var steps = text[Before..(Before + Tokens)].Select(token => new[] { token }).ToList();
            var shortest = Enumerable.Repeat(double.PositiveInfinity, models.Count).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                stop.ThrowIfCancellationRequested();
                for (var i = 0; i < models.Count; i++)
                    shortest[i] = Math.Min(shortest[i], Time(models[i], steps));
            }

            return Array.ConvertAll(shortest, seconds => Tokens / seconds);
        }
        finally
        {
            foreach (var model in models)
                model.Close();
            set_num_threads(threads);
        }
    }

    private static double Time(DecodeTurn model, List<int[]> steps)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var token in steps)
            model.Read(token);
        var time = Stopwatch.GetElapsedTime(start).TotalSeconds;
        model.Truncate(Before);
        return time;
    }
}
