namespace StickGen.Graphs;

/// <summary>The type of a value's elements.</summary>
public enum ElementType
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>Unsigned bytes: quantized activations.</summary>
    UInt8,

    /// <summary>Signed bytes: quantized weights.</summary>
    Int8,

    /// <summary>32-bit integers: quantized biases.</summary>
    Int32,
}
