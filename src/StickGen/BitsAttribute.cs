namespace StickGen;

/// <summary>
/// Asks for other numbers of bits in a layer than in the rest of the model: <c>[Bits(weights: 4, activations: 8)]</c>. On a module that has layers
/// inside it holds for all of them. Options of an algorithm that name a layer go before it.
/// </summary>
/// <param name="weights">Bits of the weights, 1 to 8; 0 for those of the rest.</param>
/// <param name="activations">Bits of the result, 1 to 8; 0 for those of the rest.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class BitsAttribute(int weights = 0, int activations = 0) : Attribute
{
    /// <summary>Bits of the weights; 0 for those of the rest.</summary>
    public int Weights { get; } = weights;

    /// <summary>Bits of the result; 0 for those of the rest.</summary>
    public int Activations { get; } = activations;
}
