namespace StickGen.Capture.Models;

/// <summary>The values of <c>StickGen.Variants</c>, which the generator cannot reference.</summary>
[Flags]
internal enum EmittedVariants
{
    /// <summary>Only <c>X.Graph</c>.</summary>
    GraphOnly = 0,

    /// <summary><c>X.FakeQuantized</c>.</summary>
    FakeQuantized = 1,

    /// <summary><c>X.Quantized</c>, and the class that it is converted from.</summary>
    Quantized = 2 | FakeQuantized,

    /// <summary><c>X.Pruned</c>.</summary>
    Pruned = 4,
}
