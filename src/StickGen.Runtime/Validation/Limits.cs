namespace StickGen.Validation;

/// <summary>
/// What a graph may have at most. Real models stay far below; a file made to harm could otherwise cost time or memory that
/// grows with the square of its size.
/// </summary>
internal static class Limits
{
    /// <summary>Nodes of a graph.</summary>
    public const int Nodes = 1 << 14;

    /// <summary>Inputs of a graph.</summary>
    public const int Inputs = 1 << 10;

    /// <summary>Different names of dynamic dimensions.</summary>
    public const int Symbols = 64;

    /// <summary>
    /// How often all constants may be read by nodes, on average. Each node packs its weights for itself, so what is shared takes
    /// memory as often as it is read. Models that repeat a layer stay below.
    /// </summary>
    public const int Sharing = 16;

    /// <summary>Bytes of constants that nodes may read however often they are shared.</summary>
    public const int SharedBytes = 64 << 20;

    /// <summary>Characters of the name of a model, a value or a dimension.</summary>
    public const int NameLength = 512;

    /// <summary>Kernel, stride, padding and dilation of a window, in each direction.</summary>
    public const int Window = 1 << 15;

    /// <summary>The terms of a sum of products of two bytes that fit an int32.</summary>
    public const int MatMulInner = int.MaxValue / (byte.MaxValue * byte.MaxValue);

    /// <summary>The elements that are normalized at once: n · Σd² is exact in float64.</summary>
    public const int NormalizedElements = 1 << 18;

    /// <summary>Rows and columns of an adaptive pool.</summary>
    public const int PoolSize = 1 << 15;
}
