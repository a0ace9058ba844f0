namespace StickGen;

/// <summary>
/// Declares the shape of one input of <c>forward</c>, in the order of its parameters. A number is a fixed size, a string
/// names a dynamic one: <c>[InputShape("batch", 1, 28, 28)]</c>. Without it, the shape of the first tensor that a variant
/// is run on counts, with its first dimension named <c>batch</c>.
/// </summary>
/// <param name="dimensions">Sizes (<see cref="int"/> or <see cref="long"/>, at least 1) and names (<see cref="string"/>).</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class InputShapeAttribute(params object[] dimensions) : Attribute
{
    /// <summary>The dimensions: numbers are fixed sizes, strings name dynamic ones.</summary>
    public IReadOnlyList<object> Dimensions { get; } = dimensions;

    /// <summary>The parameter of <c>forward</c> that is meant; by default the first one without a shape.</summary>
    public string? Parameter { get; set; }
}
