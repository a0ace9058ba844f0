namespace StickGen;

/// <summary>
/// Marks a TorchSharp module class whose <c>forward</c> is captured at compile time. The generator adds the
/// variants named in <see cref="Emit"/> to the class, which therefore has to be <c>partial</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CompressibleAttribute : Attribute
{
    /// <summary>Which variants are emitted. <see cref="Variants.Quantized"/> by default.</summary>
    public Variants Emit { get; set; } = Variants.Quantized;
}
