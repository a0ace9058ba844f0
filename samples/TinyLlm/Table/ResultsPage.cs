using System.Text;
using static System.FormattableString;

/// <summary>The page docs/tinyllm-results.md, from reports alone.</summary>
internal static class ResultsPage
{
    private const string Introduction =
        """
        # Results of post-training quantization

        Written by `dotnet run -c Release --project samples/TinyLlm -- table` from the reports in `samples/TinyLlm/checkpoints` and `samples/TinyLlm/results`; do not edit. Each report has the command
        that repeats its run.

        - The models are small, and made by the sample: a decoder as in Llama (RMSNorm, rotary positions, grouped-query attention, SwiGLU) and one as in GPT-2, on the King James Bible in 1,024 byte
          pairs. Chapters were held out beforehand: of 40, two to measure on and one to calibrate with. What is measured is the checkpoint that ships, whose weights are in float16.
        - Perplexities are of a token of the held-out text, each token read after at least half a context of 128. *Quantized* is the variant that TorchSharp computes with what the integers stand for,
          *deployed* the decoder whose linear layers compute with the integers themselves. Embeddings and the layer of logits are in float.
          With *kv8*, keys and values are in 8 bits, with a scale for each token and head, or with one for each channel of keys; *deployed* then reads by way of a cache that has the integers.
        - *Increase* is that of *quantized* over *fp32*, with what 95% of bootstrap draws have of it, for which segments of text are drawn with replacement, the same for both. *Against* is the same
          over another row.
        - *Block error* is the mean squared error of what blocks compute, over the blocks.
        - *omniquant* learns ranges and scales, and rounds by GPTQ; *omniquant-nearest* rounds to nearest, as in the paper.
        - Tokens a second are of one thread and one text with a cache of keys and values, float and quantized in turns; the fastest of 40 runs of 16 tokens each.
          How much a larger decoder gains is [measured elsewhere](post-training.md#measured).


        """;

    public static string Write(IReadOnlyList<TrainingReport> trained, IReadOnlyDictionary<Row, QuantizationReport> done)
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        page.Append("## Float models\n\n| model | parameters | epochs | training | perplexity of held-out text | bits of a character |\n|---|---:|---:|---:|---:|---:|\n");
        foreach (var report in trained)
        {
            page.Append(Invariant($"| {report.Model} | {report.Parameters:N0} | {report.Epochs} | {report.TrainingSeconds / 60:0} min, {Threads(report.Threads)}"))
                .Append(Invariant($" | {report.Perplexity:0.000} ({report.PerplexityBootstrapInterval[0]:0.000} to {report.PerplexityBootstrapInterval[1]:0.000}) | {report.BitsPerCharacter:0.000} |\n"));
        }

        page.Append("\n## Quantized models\n\n");
        page.Append("| model | method | bits | fp32 | quantized | increase, % | deployed | block error | against | bytes | tokens/s | fp32 tokens/s |\n");
        page.Append("|---|---|---|---:|---:|---:|---:|---:|---|---:|---:|---:|\n");
        foreach (var (row, report) in done)
            page.Append(TableRow(row, report, done));
        if (Row.All.Where(row => !done.ContainsKey(row)).ToList() is { Count: > 0 } open)
            page.Append(Invariant($"\nNot measured yet: {string.Join("; ", open.Select(row => $"{row.Model} {row.Method} {row.Precision}"))}.\n"));
        var machines = done.Values.Select(report => report.Machine).Concat(trained.Select(report => report.Machine)).Distinct().Order(StringComparer.Ordinal);
        page.Append(Invariant($"\nMachines, which did other work too: {string.Join("; ", machines)}.\n"));
        return page.ToString();
    }

    private static string TableRow(Row row, QuantizationReport report, IReadOnlyDictionary<Row, QuantizationReport> done)
    {
        var increase = Percent((report.QuantizedPerplexity / report.Fp32Perplexity) - 1);
        var allowed = row is { LargestIncrease: { } largest, Against: null } ? Invariant($"; at most {largest:0.0}{Mark(increase <= largest)}") : "";
        var interval = Invariant($"{Percent(report.IncreaseBootstrapInterval[0]):+0.00;-0.00;0.00} to {Percent(report.IncreaseBootstrapInterval[1]):+0.00;-0.00;0.00}");
        return Invariant($"| {row.Model} | {row.Method} | {row.Precision} | {report.Fp32Perplexity:0.000} | {report.QuantizedPerplexity:0.000} | {increase:+0.00;-0.00;0.00} ({interval}{allowed}) ")
            + Invariant($"| {report.DeployedPerplexity:0.000} | {report.BlockMse.Average():0.00E+0} | {Comparison(row, report, done)} | {report.QuantizedBytes:N0} of {report.Fp32Bytes:N0} ")
            + Invariant($"| {report.DecodeTokensPerS:0} | {report.Fp32DecodeTokensPerS:0} |\n");
    }

    private static string Comparison(Row row, QuantizationReport report, IReadOnlyDictionary<Row, QuantizationReport> done)
    {
        if (row.Against is null || !done.TryGetValue(row.Against, out var other))
            return "";
        var (low, high) = Bootstrap.IntervalOfIncrease(other.Perplexity, report.Perplexity, seed: 1);
        var change = Percent((report.QuantizedPerplexity / other.QuantizedPerplexity) - 1);
        var blocks = report.BlockMse.Zip(other.BlockMse).Count(pair => pair.First < pair.Second);
        var bar = row.HasToBeLower ? $"; has to be lower{Mark(high < 0 && blocks == report.BlockMse.Length)}"
            : row.MayNotBeHigher ? $"; not higher, with lower errors{Mark(low <= 0 && blocks == report.BlockMse.Length)}"
            : row.LargestIncrease is { } largest ? Invariant($"; at most {largest:0.0}{Mark(change <= largest)}") : "";
        return Invariant($"{row.Against.Method} {row.Against.Precision}: {change:+0.00;-0.00;0.00}% ({Percent(low):+0.00;-0.00;0.00} to {Percent(high):+0.00;-0.00;0.00}), error lower in {blocks} of {report.BlockMse.Length} blocks{bar}");
    }

    private static double Percent(double share) => Math.Round(100 * share, 4);

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    private static string Mark(bool isMet) => isMet ? ", met" : ", **missed**";
}
