using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// Finds the running statistics of all batch normalizations anew, as the mean over batches: at the end of each epoch, before the validation.
/// For training in which the weights of evaluation are others than those of training.
/// </summary>
/// <remarks>
/// All else computes as in evaluation. Which samples are taken depends on the run's seed alone. A batch normalization that is not in
/// training mode, because its user froze it, stays as it is.
/// </remarks>
public sealed class BatchNormCalibration : TrainingCallback
{
    private readonly IDataset data;
    private readonly int batches;
    private readonly ForwardFunction? forward;

    /// <param name="data">The samples.</param>
    /// <param name="batches">At most as many batches, at least 1, of the size that training has.</param>
    /// <param name="forward">Calls the model; needed for one that has not one input and one result.</param>
    public BatchNormCalibration(IDataset data, int batches, ForwardFunction? forward = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        (this.data, this.batches, this.forward) = (data, batches, forward);
    }

    /// <inheritdoc/>
    public override void OnStepEnd(TrainingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.StepInEpoch == context.StepsPerEpoch)
            Calibrate(context.Model, context.Options.BatchSize, context.Options.Seed);
    }

    private void Calibrate(nn.Module model, int batchSize, long seed)
    {
        var run = forward ?? (model is nn.Module<Tensor, Tensor> single
            ? batch => single.call(batch.Input)
            : throw new CompressionException($"{model.GetName()} has several inputs; give {nameof(BatchNormCalibration)} a function that calls it."));
        var norms = model.modules().OfType<NormBase>().Where(n => n.training && n.running_mean is not null).ToList();
        using var evaluation = new EvaluationMode(model);
        using var noGrad = no_grad();
        var momenta = norms.ConvertAll(n => n.momentum);
        foreach (var norm in norms)
            norm.train();

        var order = DataOrder.Shuffled(data.Count, seed, epoch: 0);
        for (var i = 0; i < batches && (i == 0 || (i + 1L) * batchSize <= order.Length); i++)
        {
            using var scope = NewDisposeScope();
            // The mean of all so far; the first replaces what was there. An incomplete last batch would count too much.
            foreach (var norm in norms)
                norm.momentum = 1.0 / (i + 1);
            var begin = i * batchSize;
            run(data.GetBatch(order.AsSpan(begin, Math.Min(batchSize, order.Length - begin))));
        }

        foreach (var (norm, momentum) in norms.Zip(momenta))
            norm.momentum = momentum;
    }
}
