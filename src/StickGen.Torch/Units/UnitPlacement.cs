namespace StickGen.Units;

/// <summary>Where quantizers are placed around a unit.</summary>
public enum UnitPlacement
{
    /// <summary>Reads quantized values, each of a scale of its own, and its output gets a quantizer.</summary>
    Quantized,

    /// <summary>Reads quantized values of one common scale, and its output gets a quantizer: an addition.</summary>
    OneInputScale,

    /// <summary>Reads quantized values and its output has their scale: a concatenation, an activation on its own.</summary>
    OneScale,

    /// <summary>Computes in float. Its output gets a quantizer only if a quantized unit reads it.</summary>
    Float,
}
