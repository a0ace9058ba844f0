namespace StickGen.Capture.Deployment;

/// <summary>An input, an output or a stored tensor of a deployed model.</summary>
internal sealed record SignatureTensor(string Name, string Type, EquatableArray<SignatureDimension> Shape)
{
    /// <summary>The shape of one item: without the leading batch, which is a dimension that has a name.</summary>
    public IEnumerable<SignatureDimension> ItemShape => Shape.Skip(Shape.FirstOrDefault().Name is null ? 0 : 1);

    /// <summary>
    /// How many values one item has, or <see langword="null"/> if a dimension besides the batch is only known when the
    /// model runs.
    /// </summary>
    public int? ItemLength =>
        ItemShape.All(dimension => dimension.Name is null)
            ? ItemShape.Aggregate(1, (length, dimension) => checked(length * dimension.Size))
            : null;

    /// <summary>The shape as in <c>[batch, 1, 28, 28]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
