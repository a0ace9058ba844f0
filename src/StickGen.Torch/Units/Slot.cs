using StickGen.Compression;
using StickGen.Quantization;

namespace StickGen.Units;

/// <summary>
/// Where a quantizer is bound to a value when an algorithm is applied: one of its own, one that it shares with other
/// values, or none.
/// </summary>
public sealed class Slot
{
    internal Slot(string name) => Name = name;

    /// <summary>The name of the value in the quantized graph.</summary>
    public string Name { get; internal set; }

    /// <summary>The quantizer, or <see langword="null"/> for a value that stays in float.</summary>
    public FakeQuantizer? Quantizer { get; internal set; }

    /// <summary>
    /// The slot of the value itself, where this one is of what a single layer makes of it: the layer rounds what it reads once more, by <see cref="Quantizer"/>.
    /// </summary>
    public Slot? Source { get; internal init; }

    /// <summary>
    /// Whether the unit does not have to apply the quantizer, because its inputs already went through the same one and it only
    /// moves or selects values.
    /// </summary>
    public bool IsRedundant { get; internal set; }

    /// <summary>
    /// Whether the value is at least 0 whatever the model is given, because a ReLU made it so. Known before quantizers are made.
    /// </summary>
    public bool IsNonNegative { get; internal set; }

    /// <summary>The current scale and zero point.</summary>
    /// <exception cref="CompressionException">There is no quantizer, or it has observed nothing yet.</exception>
    public AffineParameters Parameters =>
        Quantizer?.Parameters ?? throw new CompressionException($"'{Name}' is not quantized, but a quantized unit reads it.");
}
