using System.Globalization;
using static TorchSharp.torch;

/// <summary>What a kept model makes of held-out text.</summary>
/// <param name="Perplexity">Of a token.</param>
/// <param name="Interval">Where it is in 95% of the bootstrap draws.</param>
/// <param name="BitsPerCharacter">Of the text.</param>
internal sealed record Evaluation(Perplexity Perplexity, (double Low, double High) Interval, double BitsPerCharacter)
{
    /// <summary>Measures a model, and prints what comes out.</summary>
    public static Evaluation Run(LanguageModel kind, CommandLine command, CancellationToken stop)
    {
        set_num_threads(command.Threads);
        using var kept = new KeptModel(kind, command);
        var perplexity = Perplexity.Of(kept.Model, kept.Text.HeldOut, kind.Context, stop);
        var interval = Bootstrap.Interval(perplexity, command.Seed);
        // Comparable between vocabularies.
        var bits = Math.Log2(perplexity.Value) * kept.Text.HeldOut.Length / kept.Text.HeldOutCharacters;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kind.Name}: perplexity {perplexity.Value:0.000} of a token ({interval.Low:0.000} to {interval.High:0.000} in 95% of bootstrap draws), {bits:0.000} bits of a character; {perplexity.Losses.Count} segments of held-out text"));
        return new(perplexity, interval, bits);
    }
}
