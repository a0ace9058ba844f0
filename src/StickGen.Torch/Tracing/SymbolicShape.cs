using StickGen.Graphs;

namespace StickGen.Compression;

/// <summary>The sizes of a <see cref="SymbolicTensor"/>; each is unknown where not even the rank is known.</summary>
public readonly struct SymbolicShape
{
    private readonly GraphValue value;

    internal SymbolicShape(GraphValue value) => this.value = value;

    /// <summary>The number of dimensions.</summary>
    /// <exception cref="CompressionException">It is not known.</exception>
    public int Length => value.Shape?.Rank
        ?? throw new CompressionException(
            $"The rank of '{value.Name}' is not known. Declare the shape with [InputShape] or pass it to Apply.");

    /// <summary>The size of a dimension; a negative index counts from the end.</summary>
    public Dimension this[int dim] => value.Shape is null ? Dimension.Unknown : value.Shape[dim];

    /// <inheritdoc/>
    public override string ToString() => value.Shape?.ToString() ?? "[…]";
}
