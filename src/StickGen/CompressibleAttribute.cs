using System.Runtime.CompilerServices;

namespace StickGen;

/// <summary>
/// Marks a TorchSharp module class whose <c>forward</c> is captured at compile time. The generator adds the
/// variants named in <see cref="Emit"/> to the class, which therefore has to be <c>partial</c>.
/// </summary>
/// <param name="line">The line of the attribute, which the compiler fills in: messages count the lines of statements from it.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CompressibleAttribute([CallerLineNumber] int line = 0) : Attribute
{
    /// <summary>The line of the attribute, from 1, or 0 if it is not known.</summary>
    public int Line { get; } = line;

    /// <summary>Which variants are emitted. <see cref="Variants.Quantized"/> by default.</summary>
    public Variants Emit { get; set; } = Variants.Quantized;
}
