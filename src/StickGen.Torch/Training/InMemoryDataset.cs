using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>Samples in memory: tensors whose first dimension is the sample. It owns them.</summary>
public sealed class InMemoryDataset : IDataset, IDisposable
{
    private readonly Tensor[] inputs;
    private readonly Tensor targets;

    /// <summary>A data set of models with one input.</summary>
    /// <exception cref="ArgumentException">The tensors differ in their first dimension.</exception>
    public InMemoryDataset(Tensor inputs, Tensor targets)
        : this([inputs], targets)
    {
    }

    /// <summary>A data set of models with several inputs, in the order of the parameters of <c>forward</c>.</summary>
    /// <exception cref="ArgumentException">There is no input, or the tensors differ in their first dimension.</exception>
    public InMemoryDataset(IReadOnlyList<Tensor> inputs, Tensor targets)
    {
        // The batch of all samples has the same conditions as every other batch.
        _ = new Batch(inputs, targets);
        this.inputs = [.. inputs.Select(input => input.DetachFromDisposeScope())];
        this.targets = targets.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public long Count => targets.shape[0];

    /// <inheritdoc/>
    public Batch GetBatch(ReadOnlySpan<long> indices)
    {
        using var selected = tensor(indices.ToArray(), device: targets.device);
        return new([.. inputs.Select(input => input.index_select(0, selected))], targets.index_select(0, selected));
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var input in inputs)
            input.Dispose();
        targets.Dispose();
    }
}
