using System.Text.Json;
using StickGen.Compression;
using StickGen.Quantization;

namespace StickGen.PostTraining;

/// <summary>What <see cref="PostTrainingQuantization"/> does.</summary>
public sealed record PostTrainingOptions
{
    /// <summary>Bits, group size and symmetry of weights.</summary>
    public GroupScheme Weights { get; init; } = new();

    /// <summary>How what linear layers read is quantized.</summary>
    public ActivationQuantization Activations { get; init; }

    /// <summary>
    /// With <see cref="ActivationQuantization.StaticPerTensor"/>, how the range of what a layer reads is found. Steps that try scales go by the extremes; what this finds is found last, of the values as
    /// they are then.
    /// </summary>
    public ActivationRange ActivationRange { get; init; }

    /// <summary>With <see cref="ActivationRange.Percentile"/>, the share of values that is not above the range, in percent, and neither below it. More than 50, up to 100.</summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>How the keys and values of attention are quantized. It goes with any method, and any precision of weights and activations.</summary>
    public KeyValuePrecision KeyValueCache { get; init; }

    /// <summary>The method: at most one step of each <see cref="PostTrainingStage"/>, in their order. None is rounding to nearest.</summary>
    public IReadOnlyList<PostTrainingStep> Steps { get; init; } = [];

    /// <summary>Layers that are quantized otherwise than the rest. They go before <see cref="KeepFloatAttribute"/> and <see cref="BitsAttribute"/>, whose bits of weights count too.</summary>
    public IReadOnlyList<LayerPolicy> Layers { get; init; } = [];

    /// <summary>
    /// Paths of compressible modules that are blocks, or of lists of such. None for those that the model calls out of a <c>ModuleList</c> or a <c>Sequential</c>; where there are none, the
    /// whole model is one block.
    /// </summary>
    public IReadOnlyList<string> Blocks { get; init; } = [];

    /// <summary>Whether layers outside of all blocks, such as the one that computes logits, are quantized too: at the end, as one block.</summary>
    public bool QuantizeOutside { get; init; }

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    public static PostTrainingOptions FromJson(string json) => AlgorithmOptions.Read<PostTrainingOptions>(json);

    /// <summary>Writes the options. A step of another assembly cannot be written.</summary>
    /// <exception cref="NotSupportedException">There is such a step.</exception>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <exception cref="CompressionException">An option is not allowed, or two contradict each other; the message says why.</exception>
    internal void Validate()
    {
        AlgorithmOptions.RequireDefined(nameof(Activations), Activations);
        AlgorithmOptions.RequireDefined(nameof(ActivationRange), ActivationRange);
        AlgorithmOptions.RequireDefined(nameof(KeyValueCache), KeyValueCache);
        AlgorithmOptions.Require(Percentile is > 50 and <= 100, nameof(Percentile), Percentile, "more than 50, and up to 100");
        if (ActivationRange != ActivationRange.Extremes && Activations != ActivationQuantization.StaticPerTensor)
            throw new CompressionException($"{nameof(ActivationRange)} is {ActivationRange}, and {nameof(Activations)} is {Activations}, which has no ranges; {ActivationQuantization.StaticPerTensor} has.");
        for (var i = 0; i < Steps.Count; i++)
        {
            if (i > 0 && Steps[i].Stage == Steps[i - 1].Stage)
                throw new CompressionException($"{Steps[i - 1].Name} and {Steps[i].Name} both are of the stage {Steps[i].Stage}, and the second would undo what the first found; one of them is possible.");
            if (i > 0 && Steps[i].Stage < Steps[i - 1].Stage)
                throw new CompressionException($"{Steps[i].Name} is after {Steps[i - 1].Name}; the stage {Steps[i].Stage} comes before {Steps[i - 1].Stage}.");
            if (Steps[i].Refusal(this) is { } reason)
                throw new CompressionException($"{Steps[i].Name} is not possible with these options: {reason}");
        }

        foreach (var policy in Layers)
            policy.Validate();
        if (Layers.GroupBy(p => (p.Layer, p.Model)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CompressionException($"There are {twice.Count()} policies for '{twice.Key.Layer}'; one is expected.");
        if (Blocks.FirstOrDefault(string.IsNullOrWhiteSpace) is { } empty)
            throw new CompressionException($"{nameof(Blocks)} has '{empty}'; paths of modules are expected.");
    }

    /// <summary>How weights are quantized: all, and single layers.</summary>
    internal IEnumerable<GroupScheme> AllSchemes => [Weights, .. Layers.Where(p => !p.KeepFloat).Select(p => p.Of(Weights))];

    /// <summary>The method and the bits, such as <c>GPTQ W4A16 g64 KV8</c>.</summary>
    internal string Title
    {
        get
        {
            var method = Steps.Count == 0 ? new RoundToNearest().Name : string.Join(" + ", Steps.Select(s => s.Name));
            var activations = Activations switch { ActivationQuantization.None => "16", ActivationQuantization.DynamicPerToken => "8 dynamic", _ => "8 static" };
            var cache = KeyValueCache switch { KeyValuePrecision.Float => "", KeyValuePrecision.Int8PerToken => " KV8", _ => " KV8 per channel" };
            return $"{method} W{Weights.Bits}A{activations}{(Weights.GroupSize == 0 ? "" : $" g{Weights.GroupSize}")}{cache}";
        }
    }
}
