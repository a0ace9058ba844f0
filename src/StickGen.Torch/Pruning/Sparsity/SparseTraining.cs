using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Keeps weights zero where their masks are, during training too: a callback that zeros them after every step.</summary>
public sealed class SparseTraining : TrainingCallback
{
    private readonly List<(Tensor Parameter, Tensor Mask)> masks = [];

    /// <summary>The share of the masked parameters' elements that are zeroed.</summary>
    public double Sparsity
    {
        get
        {
            using var scope = NewDisposeScope();
            var all = masks.Sum(m => m.Mask.numel());
            return all == 0 ? 0 : 1 - (masks.Sum(m => m.Mask.sum(ScalarType.Float64).item<double>()) / all);
        }
    }

    /// <summary>Masks a parameter, and zeros it where the mask is 0.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="mask">Of its shape.</param>
    /// <exception cref="CompressionException">The shapes differ.</exception>
    public void Add(Tensor parameter, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(mask);
        if (!parameter.shape.SequenceEqual(mask.shape))
            throw new CompressionException($"The mask has the shape [{string.Join(", ", mask.shape)}] and the parameter [{string.Join(", ", parameter.shape)}].");
        masks.Add((parameter, mask));
        Apply();
    }

    /// <summary>Zeros all parameters where their masks are 0.</summary>
    public void Apply()
    {
        using var noGrad = no_grad();
        foreach (var (parameter, mask) in masks)
            parameter.mul_(mask);
    }

    /// <inheritdoc/>
    public override void OnStepEnd(TrainingContext context) => Apply();
}
