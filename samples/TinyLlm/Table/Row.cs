using StickGen.PostTraining;

/// <summary>A row of the published table: one run.</summary>
/// <param name="Model">The model.</param>
/// <param name="Method">How it is quantized.</param>
/// <param name="Precision">To how many bits.</param>
internal sealed record Row(string Model, string Method, Precision Precision)
{
    private static readonly Precision int8 = new(8), int8Dynamic = new(8, 8), int8Static = int8Dynamic with { IsStatic = true };
    private static readonly Precision int4 = new(4) { GroupSize = 64 }, int4Dynamic = int4 with { ActivationBits = 8 }, int3 = int4 with { WeightBits = 3 }, int2 = int4 with { WeightBits = 2 };

    /// <summary>The rows, each after that which it is compared with.</summary>
    public static IReadOnlyList<Row> All { get; } = [.. Rows("llama"), .. Rows("gpt")];

    /// <summary>How much larger perplexity may be, in percent of that of <see cref="Against"/>, or of the float model's.</summary>
    public double? LargestIncrease { get; init; }

    /// <summary>What the row is compared with, besides the float model.</summary>
    public Row? Against { get; init; }

    /// <summary>Whether perplexity has to be lower than that of <see cref="Against"/> in 95% of bootstrap draws, and the error of each block lower, too.</summary>
    public bool HasToBeLower { get; init; }

    /// <summary>Whether perplexity may not be higher than that of <see cref="Against"/> in 95% of bootstrap draws, while the error of each block has to be lower.</summary>
    public bool MayNotBeHigher { get; init; }

    public override string ToString() => $"{Model}-{Method}-{Precision.ToString().Replace(' ', '-').ToLowerInvariant()}";

    private static IEnumerable<Row> Rows(string model)
    {
        yield return new(model, "rtn", int8) { LargestIncrease = 0.1 };
        yield return new(model, "rtn", int8 with { KeyValueCache = KeyValuePrecision.Int8PerToken }) { LargestIncrease = 0.2 };
        yield return new(model, "rtn", int8 with { KeyValueCache = KeyValuePrecision.Int8PerChannel }) { LargestIncrease = 0.2 };
        yield return new(model, "rtn", int8Dynamic) { LargestIncrease = 0.5 };
        yield return new(model, "rtn", int8Static);
        yield return new(model, "smoothquant", int8Static) { LargestIncrease = 1 };
        yield return new(model, "osl", int8Static) { LargestIncrease = 0.8 };
        yield return new(model, "outlier-suppression-plus", int8Static);
        foreach (var precision in (Precision[])[int4, int3, int2])
        {
            var rtn = new Row(model, "rtn", precision);
            yield return rtn;
            var gptq = new Row(model, "gptq", precision) { Against = rtn, HasToBeLower = precision == int4 };
            yield return gptq;
            if (precision == int4)
            {
                yield return new(model, "gptq", int4Dynamic) { Against = gptq, LargestIncrease = 1 };
                yield return new(model, "awq", precision) { Against = rtn, LargestIncrease = 0 };
            }
            else
            {
                yield return new(model, "omniquant-nearest", precision) { Against = gptq };
                yield return new(model, "omniquant", precision) { Against = gptq, MayNotBeHigher = true };
            }
        }
    }
}
