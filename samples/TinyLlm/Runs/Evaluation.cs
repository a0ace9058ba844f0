using System.Globalization;
using static TorchSharp.torch;

/// <summary>Measures a kept model on held-out text.</summary>
internal static class Evaluation
{
    public static void Run(LanguageModel kind, CommandLine command, CancellationToken stop)
    {
        set_num_threads(command.Threads);
        using var kept = new KeptModel(kind, command);
        var perplexity = Perplexity.Of(kept.Model, kept.Text.HeldOut, kind.Context, stop);
        var (low, high) = Bootstrap.Interval(perplexity, command.Seed);
        // Comparable between vocabularies.
        var bits = Math.Log2(perplexity.Value) * kept.Text.HeldOut.Length / kept.Text.HeldOutCharacters;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kind.Name}: perplexity {perplexity.Value:0.000} of a token ({low:0.000} to {high:0.000} in 95% of bootstrap draws), {bits:0.000} bits of a character; {perplexity.Losses.Count} segments of held-out text"));
    }
}
