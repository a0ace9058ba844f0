namespace StickGen.Compression;

/// <summary>What a variant computes.</summary>
public enum QuantizationMode
{
    /// <summary>Real arithmetic on rounded values: the mode to train in.</summary>
    Simulated,

    /// <summary>Exactly what the original computes; quantizers and observers are left out.</summary>
    Disabled,

    /// <summary>Exactly what the integer model computes, bit for bit. Not for training.</summary>
    IntegerExact,
}
