namespace StickGen.Graphs;

/// <summary>Facts about <see cref="ElementType"/>.</summary>
public static class ElementTypeExtensions
{
    /// <summary>The size of an element in bytes.</summary>
    public static int Size(this ElementType type) => type is ElementType.Float32 or ElementType.Int32 ? 4 : 1;
}
