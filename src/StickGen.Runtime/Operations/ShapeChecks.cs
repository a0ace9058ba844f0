using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>Checks that several operations share.</summary>
internal static class ShapeChecks
{
    /// <summary>The shapes of a data input and a weight, which may be followed by a bias of the weight's first dimension.</summary>
    public static (Shape? Input, Shape Weight) WithParameters(
        ReadOnlySpan<GraphValue> inputs, string inputName, int? inputRank, string weightName, int weightRank)
    {
        if (inputs.Length is < 2 or > 3)
            throw new ShapeException($"{inputs.Length} inputs; {inputName}, {weightName} and optionally a bias are expected.");
        var weight = Constant(inputs[1], weightName, weightRank);
        if (inputs.Length == 3)
            Same("bias length", Constant(inputs[2], "bias", 1)[0], $"first dimension of the {weightName}", weight[0].Size);
        return (Ranked(inputs[0], inputName, inputRank), weight);
    }

    /// <summary>The shape of the only input.</summary>
    public static Shape? Single(ReadOnlySpan<GraphValue> inputs, string name, int? rank) =>
        inputs.Length == 1 ? Ranked(inputs[0], name, rank) : throw new ShapeException($"{inputs.Length} inputs; only {name} is expected.");

    /// <summary>Fails if both sizes are numbers and differ, or are multiples of different names.</summary>
    public static void Same(string what, Dimension size, string other, Dimension expected)
    {
        if (!size.IsUnknown && !expected.IsUnknown && size != expected)
            throw new ShapeException($"{what} {size} and {other} {expected} differ.");
    }

    /// <summary>A dimension of a shape, counted from the front.</summary>
    public static int Axis(Shape shape, long axis) =>
        axis >= -shape.Rank && axis < shape.Rank
            ? (int)(axis < 0 ? axis + shape.Rank : axis)
            : throw new ShapeException($"the shape {shape} has no dimension {axis}.");

    /// <summary>The shape of a parameter: a constant of a given rank.</summary>
    public static Shape Constant(GraphValue value, string name, int rank) =>
        value.IsConstant && value.Shape is { } shape && shape.Rank == rank
            ? shape
            : throw new ShapeException($"the {name} '{value.Name}' is not a constant of rank {rank}, but {value}.");

    private static Shape? Ranked(GraphValue value, string name, int? rank) =>
        value.Shape is null || rank is null || value.Shape.Rank == rank
            ? value.Shape
            : throw new ShapeException($"the {name} '{value.Name}' has the shape {value.Shape}; rank {rank} is expected.");
}
