using System.Diagnostics;
using System.Globalization;

/// <summary>
/// Answers the training side's requests, so that it can measure by turns: while one process measures, the other one waits
/// for its answer. A request is a line, an answer is a line of JSON:
/// <code>
/// accuracy       {"isa": "avx2", "images": 10000, "accuracy": 99.12}
/// round 0 500    {"microseconds": 21.5}
/// </code>
/// <c>round</c> runs some images one by one, from the first that is named, and answers with the median time of one.
/// </summary>
internal static class Measuring
{
    public static void Serve(Digits digits, DigitImages images, TextReader requests, TextWriter answers)
    {
        while (requests.ReadLine() is { } request)
        {
            answers.WriteLine(request.Split(' ') switch
            {
                ["accuracy"] => Answer($$"""{"isa": "{{digits.InstructionSet}}", "images": {{images.Count}}, "accuracy": {{Classification.Accuracy(digits, images)}}}"""),
                ["round", var first, var count] when int.TryParse(first, out var from) && int.TryParse(count, out var many) =>
                    Answer($$"""{"microseconds": {{Median(digits, images, from, many)}}}"""),
                _ => throw new ArgumentException($"'{request}' is not a request."),
            });
            answers.Flush();
        }
    }

    private static double Median(Digits digits, DigitImages images, int first, int count)
    {
        Span<float> logits = stackalloc float[Digits.OutputLength];
        var ticks = new long[count];
        for (var i = 0; i < count; i++)
        {
            var image = images[(first + i) % images.Count];
            var start = Stopwatch.GetTimestamp();
            digits.Run(image, logits);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }

        Array.Sort(ticks);
        return ticks[count / 2] * 1e6 / Stopwatch.Frequency;
    }

    private static string Answer(FormattableString json) => json.ToString(CultureInfo.InvariantCulture);
}
