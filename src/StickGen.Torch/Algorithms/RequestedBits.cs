using StickGen.Quantization;
using StickGen.Units;

namespace StickGen.Compression;

/// <summary>Schemes with the bits that the user asked for single layers.</summary>
internal static class RequestedBits
{
    /// <summary>The bits of a weight.</summary>
    /// <exception cref="CompressionException">They are fewer than two.</exception>
    public static int Weights(Site site, int otherwise) => site.WeightBits is not { } bits ? otherwise
        : bits >= 2 ? bits
        : throw new CompressionException($"'{site.Name}' is to have {bits} bits for weights; {site.Algorithm.Name} has 2 to 8 there.");

    /// <summary>The scheme of activations of one scale.</summary>
    /// <exception cref="CompressionException">Different bits are asked for some of them, or fewer than two.</exception>
    public static QuantizationScheme Activations(IReadOnlyList<Unit> units, QuantizationScheme otherwise)
    {
        var asking = units.Where(u => u.Site.ActivationBits is not null).ToList();
        if (asking.Count == 0)
            return otherwise;
        var bits = asking[0].Site.ActivationBits!.Value;
        if (asking.Find(u => u.Site.ActivationBits != bits) is { } other)
            throw new CompressionException(
                $"'{asking[0].Name}' is to have {bits} bits and '{other.Name}' {other.Site.ActivationBits}, but an addition or a concatenation needs both at one scale.");
        return bits >= 2
            ? otherwise with { Bits = bits }
            : throw new CompressionException($"'{asking[0].Name}' is to have {bits} bits for activations; {asking[0].Site.Algorithm.Name} has 2 to 8 there.");
    }
}
