using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>Some samples: the inputs of the model and what it should make of them. The first dimension of each is the sample.</summary>
public sealed class Batch
{
    /// <summary>A batch with one input.</summary>
    public Batch(Tensor input, Tensor target)
        : this([input], target)
    {
    }

    /// <summary>A batch with several inputs, in the order of the parameters of <c>forward</c>.</summary>
    /// <exception cref="ArgumentException">There is no input, or the tensors differ in their first dimension.</exception>
    public Batch(IReadOnlyList<Tensor> inputs, Tensor target)
    {
        if (inputs.Count == 0)
            throw new ArgumentException("a batch needs at least one input.", nameof(inputs));
        if (target.dim() == 0)
            throw new ArgumentException("the target is a scalar; its first dimension has to be the sample.", nameof(target));
        foreach (var input in inputs)
        {
            if (input.dim() == 0 || input.shape[0] != target.shape[0])
            {
                throw new ArgumentException(
                    $"an input of shape [{string.Join(", ", input.shape)}] does not fit {target.shape[0]} targets.", nameof(inputs));
            }
        }

        Inputs = inputs;
        Target = target;
    }

    /// <summary>The inputs of the model, in the order of its parameters.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>The first input; the only one of most models.</summary>
    public Tensor Input => Inputs[0];

    /// <summary>What the model should make of the inputs, such as class indices.</summary>
    public Tensor Target { get; }

    /// <summary>The number of samples.</summary>
    public long Count => Target.shape[0];

    /// <summary>Some samples of this batch, without a copy.</summary>
    /// <param name="start">The first one.</param>
    /// <param name="count">How many.</param>
    public Batch Slice(long start, long count) => new([.. Inputs.Select(input => input.narrow(0, start, count))], Target.narrow(0, start, count));

    /// <summary>The same targets with another first input: for augmentation.</summary>
    public Batch WithInput(Tensor input) => new([input, .. Inputs.Skip(1)], Target);
}
