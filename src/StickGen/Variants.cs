namespace StickGen;

/// <summary>The classes that the generator can add to a <see cref="CompressibleAttribute">compressible</see> module.</summary>
[Flags]
public enum Variants
{
    /// <summary>Only <c>X.Graph</c>, the symbolic replay of <c>forward</c>; it is always emitted.</summary>
    GraphOnly = 0,

    /// <summary><c>X.FakeQuantized</c>: a trainable module with fused units and fake quantizers.</summary>
    FakeQuantized = 1,

    /// <summary><c>X.Quantized</c>: the integer model. Implies <see cref="FakeQuantized"/>, from which it is converted.</summary>
    Quantized = 2 | FakeQuantized,

    /// <summary><c>X.Pruned</c>: a trainable module whose channels can be masked and removed. It has to be asked for.</summary>
    Pruned = 4,

    /// <summary>Every variant.</summary>
    All = FakeQuantized | Quantized | Pruned,
}
