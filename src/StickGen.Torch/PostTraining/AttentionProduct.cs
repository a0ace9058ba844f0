using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>A product of attention, which is computed once more where keys or values that it reads are rounded: the code that the model was written in computes it in float.</summary>
/// <param name="operation"><see cref="ScaledDotProductAttention"/> or <see cref="MatMul"/>.</param>
/// <param name="places">Where its operands are in what the unit is given, which has each value once.</param>
internal sealed class AttentionProduct(Operation operation, int[] places)
{
    private readonly Dictionary<int, CachedTensor> cached = [];

    /// <summary>Whether something that it reads is rounded or observed at present.</summary>
    public bool IsActive => cached.Values.Any(c => c.IsQuantized || c.IsObserved);

    /// <summary>An operand is keys or values.</summary>
    public void Add(int operand, CachedTensor tensor) => cached.Add(operand, tensor);

    /// <summary>The product.</summary>
    /// <param name="given">What the code read.</param>
    public Tensor Compute(ReadOnlySpan<Tensor> given)
    {
        var operands = new Tensor[places.Length];
        for (var i = 0; i < operands.Length; i++)
            operands[i] = cached.TryGetValue(i, out var tensor) ? tensor.Round(given[places[i]]) : given[places[i]];
        return operation is ScaledDotProductAttention { IsCausal: var isCausal }
            ? nn.functional.scaled_dot_product_attention(operands[0], operands[1], operands[2], operands.Length > 3 ? operands[3] : null, is_casual: isCausal)
            : operands[0].matmul(operands[1]);
    }
}
