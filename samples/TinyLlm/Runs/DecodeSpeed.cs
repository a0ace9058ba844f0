using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>How fast decoders go on with a text, token by token: in turns, so that all have the same machine, and the fastest of many short runs, which others disturbed least.</summary>
internal static class DecodeSpeed
{
    private const int Rounds = 40, Tokens = 16, Before = 32;

    /// <returns>Tokens a second of each.</returns>
    public static double[] Measure(IReadOnlyList<(ITokenDecoder Model, CacheFormat Format)> models, int[] text, CancellationToken stop)
    {
        var threads = get_num_threads();
        set_num_threads(1);
        var caches = models.Select(model => model.Model.NewCache(model.Format)).ToList();
        try
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var tokens = Array.ConvertAll(text[..(Before + Tokens)], token => (long)token);
            for (var i = 0; i < models.Count; i++)
                models[i].Model.Step(tensor(tokens[..Before], [1, Before]), caches[i]).Dispose();
            var steps = tokens[Before..].Select(token => tensor(new[] { token }, [1, 1])).ToList();
            var shortest = Enumerable.Repeat(double.PositiveInfinity, models.Count).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                stop.ThrowIfCancellationRequested();
                for (var i = 0; i < models.Count; i++)
                    shortest[i] = Math.Min(shortest[i], Time(models[i].Model, caches[i], steps));
            }

            return Array.ConvertAll(shortest, seconds => Tokens / seconds);
        }
        finally
        {
            caches.ForEach(cache => cache.Dispose());
            set_num_threads(threads);
        }
    }

    private static double Time(ITokenDecoder model, AttentionCache cache, List<Tensor> steps)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var token in steps)
            model.Step(token, cache).Dispose();
        var time = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cache.Truncate(Before);
        return time;
    }
}
