using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// What a node computes, with its settings, and without its inputs. A closed set of records, one file each, named and
/// parameterised as in TorchSharp; images are NCHW.
/// </summary>
public abstract record Operation
{
    private protected Operation()
    {
    }

    /// <summary>The name in files, such as <c>conv2d</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The shape of the result, or <see langword="null"/> if it cannot be known.</summary>
    /// <exception cref="ShapeException">The inputs do not fit; the message says which and why.</exception>
    public abstract Shape? InferShape(ReadOnlySpan<GraphValue> inputs);
}
