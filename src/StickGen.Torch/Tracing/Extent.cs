using StickGen.Graphs;

namespace StickGen.Compression;

/// <summary>A number that a size is computed from: unlike a <see cref="Dimension"/>, it may be 0.</summary>
public readonly record struct Extent
{
    private readonly Dimension? size;

    private Extent(Dimension size) => this.size = size;

    /// <summary>The size that it is; of nothing, an unknown one.</summary>
    public Dimension Size => size ?? Dimension.Unknown;

    /// <summary>Whether it is 0.</summary>
    public bool IsZero => size is null;

    /// <summary>A number; negative ones are unknown sizes.</summary>
    public static implicit operator Extent(long number) => number switch
    {
        0 => default,
        < 0 => new(Dimension.Unknown),
        _ => new(Dimension.Fixed(number)),
    };

    /// <summary>A size.</summary>
    public static implicit operator Extent(Dimension size) => new(size);
}
