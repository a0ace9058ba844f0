namespace StickGen.Compression;

/// <summary>What attributes of a field ask for the module in it, and for all inside of that.</summary>
/// <param name="KeepFloat">Whether it is to be kept in float.</param>
/// <param name="Bits">Bits that differ from the rest, or <see langword="null"/>.</param>
internal readonly record struct Marks(bool KeepFloat, LayerBits? Bits)
{
    /// <summary>The marks of a module inside another one, whose bits count where this one asks for none.</summary>
    public Marks Within(Marks outer) => new(
        KeepFloat || outer.KeepFloat,
        Bits is null ? outer.Bits : Bits with { Weights = Bits.Weights ?? outer.Bits?.Weights, Activations = Bits.Activations ?? outer.Bits?.Activations });
}
