using StickGen.Graphs;

namespace StickGen.Compression;

/// <summary>
/// What a tensor is while <c>forward</c> is replayed: a value of the graph whose sizes are dimensions. Its members carry
/// the names of TorchSharp's, because the generator copies expressions from <c>forward</c>.
/// </summary>
public sealed class SymbolicTensor
{
    internal SymbolicTensor(GraphValue value) => Value = value;

    /// <summary>The value in the graph.</summary>
    public GraphValue Value { get; }

    /// <summary>The sizes.</summary>
    public SymbolicShape shape => new(Value);

    /// <summary>The number of dimensions.</summary>
    public long ndim => shape.Length;

    /// <summary>The number of dimensions.</summary>
    public long dim() => shape.Length;

    /// <summary>The size of one dimension; a negative index counts from the end.</summary>
    public Dimension size(int dim) => shape[dim];

    /// <summary>The sizes.</summary>
    public SymbolicShape size() => shape;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
