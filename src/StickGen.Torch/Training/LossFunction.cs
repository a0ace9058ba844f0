using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// What training makes small: a scalar tensor, a mean over the batch, from the model's output. The batch has the targets,
/// and the inputs for losses that need them, such as distillation from a teacher.
/// </summary>
public delegate Tensor LossFunction(Tensor output, Batch batch);

/// <summary>Common losses.</summary>
public static class Losses
{
    /// <summary>Cross entropy of logits [N, classes] and class indices [N] (int64).</summary>
    public static LossFunction CrossEntropy { get; } = (output, batch) => nn.functional.cross_entropy(output, batch.Target);

    /// <summary>The mean squared difference of output and target, which have the same shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ, which would compare each sample with all others.</exception>
    public static LossFunction MeanSquaredError { get; } = (output, batch) =>
        output.shape.AsSpan().SequenceEqual(batch.Target.shape)
            ? nn.functional.mse_loss(output, batch.Target)
            : throw new ArgumentException($"the output has the shape [{string.Join(", ", output.shape)}] and the target [{string.Join(", ", batch.Target.shape)}]; they have to be the same.");
}
