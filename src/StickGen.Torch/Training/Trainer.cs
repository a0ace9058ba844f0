using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// A training loop. It can be used for any number of runs, one after the other.
/// <code>
/// var trainer = new Trainer(
///     new() { Epochs = 5, Schedule = new CosineSchedule(), Checkpoint = new() { Path = "run.checkpoint" } },
///     Losses.CrossEntropy,
///     parameters => torch.optim.Adam(parameters, 1e-3))
/// {
///     Metrics = () => [new LossMetric(), new AccuracyMetric()],
///     Callbacks = [new ConsoleProgress()],
/// };
/// var result = await trainer.FitAsync(model, training, validation: test);
/// </code>
/// </summary>
/// <param name="Options">How long, in which batches, with which seed.</param>
/// <param name="Loss">What training makes small.</param>
/// <param name="Optimizer">How it does so.</param>
public sealed record Trainer(TrainingOptions Options, LossFunction Loss, OptimizerFactory Optimizer)
{
    /// <summary>What is measured: creates the metrics of one measurement. By default the loss alone.</summary>
    public Func<IReadOnlyList<Metric>> Metrics { get; init; } = static () => [new LossMetric()];

    /// <summary>Take part in every run, after those that are given to a single one.</summary>
    public IReadOnlyList<ITrainingCallback> Callbacks { get; init; } = [];

    /// <summary>Changes training batches before the model sees them.</summary>
    public BatchTransform? Augmentation { get; init; }

    /// <summary>Trains a model with one input.</summary>
    /// <param name="model">It is trained in place. Its parameters that require gradients are optimized.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="callbacks">Take part in this run.</param>
    /// <param name="validation">What it is measured on after each epoch.</param>
    /// <param name="cancellationToken">
    /// Ends the run after the current step. If the run has a checkpoint path, the checkpoint is written first.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, or there is nothing to train or to learn from.</exception>
    /// <exception cref="CheckpointException">The checkpoint to continue from is damaged, or of another run.</exception>
    /// <exception cref="NotFiniteNumberException">The loss, its gradients or the parameters became infinite or NaN. The last checkpoint stays as it was.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written; that is tried before the first step.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingResult Fit(
        nn.Module<Tensor, Tensor> model,
        IDataset data,
        IEnumerable<ITrainingCallback>? callbacks = null,
        IDataset? validation = null,
        CancellationToken cancellationToken = default) =>
        Fit(model, batch => model.call(batch.Input), data, callbacks, validation, cancellationToken);

    /// <summary>Trains a model with several inputs, or one that is to be called in another way.</summary>
    /// <inheritdoc cref="Fit(nn.Module{Tensor, Tensor}, IDataset, IEnumerable{ITrainingCallback}?, IDataset?, CancellationToken)"/>
    /// <param name="model">It is trained in place. Its parameters that require gradients are optimized.</param>
    /// <param name="forward">Calls the model: <c>batch => model.call(batch.Inputs[0], batch.Inputs[1])</c>.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="callbacks">Take part in this run.</param>
    /// <param name="validation">What it is measured on after each epoch.</param>
    /// <param name="cancellationToken">Ends the run after the current step.</param>
    public TrainingResult Fit(
        nn.Module model,
        ForwardFunction forward,
        IDataset data,
        IEnumerable<ITrainingCallback>? callbacks = null,
        IDataset? validation = null,
        CancellationToken cancellationToken = default)
    {
        Options.Validate();
        using var run = new TrainingRun(this, model, forward, data, [.. callbacks ?? [], .. Callbacks], validation, cancellationToken);
        return run.Run();
    }

    /// <summary>
    /// As <see cref="Fit(nn.Module{Tensor, Tensor}, IDataset, IEnumerable{ITrainingCallback}?, IDataset?, CancellationToken)"/>,
    /// on a thread of its own from the first to the last step: dispose scopes and the gradient mode belong to a thread.
    /// </summary>
    public Task<TrainingResult> FitAsync(
        nn.Module<Tensor, Tensor> model,
        IDataset data,
        IEnumerable<ITrainingCallback>? callbacks = null,
        IDataset? validation = null,
        CancellationToken cancellationToken = default) =>
        OnOwnThread(() => Fit(model, data, callbacks, validation, cancellationToken));

    /// <summary>
    /// As <see cref="Fit(nn.Module, ForwardFunction, IDataset, IEnumerable{ITrainingCallback}?, IDataset?, CancellationToken)"/>,
    /// on a thread of its own.
    /// </summary>
    public Task<TrainingResult> FitAsync(
        nn.Module model,
        ForwardFunction forward,
        IDataset data,
        IEnumerable<ITrainingCallback>? callbacks = null,
        IDataset? validation = null,
        CancellationToken cancellationToken = default) =>
        OnOwnThread(() => Fit(model, forward, data, callbacks, validation, cancellationToken));

    /// <summary>Measures a model with one input: evaluation mode, no gradients, samples in their order.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public MetricValues Evaluate(nn.Module<Tensor, Tensor> model, IDataset data, CancellationToken cancellationToken = default) =>
        Evaluate(model, batch => model.call(batch.Input), data, cancellationToken);

    /// <summary>Measures a model with several inputs.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public MetricValues Evaluate(nn.Module model, ForwardFunction forward, IDataset data, CancellationToken cancellationToken = default)
    {
        Options.Validate();
        var metrics = Metrics();
        using var evaluation = new EvaluationMode(model);
        using var noGradient = no_grad();
        var order = DataOrder.Sequential(data.Count);
        for (var start = 0; start < order.Length; start += Options.EvaluationBatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = data.GetBatch(order.AsSpan(start, Math.Min(Options.EvaluationBatchSize, order.Length - start)));
            var output = forward(batch);
            var loss = Loss(output, batch).ToDouble();
            foreach (var metric in metrics)
                metric.Update(output, batch, loss);
        }

        return Metric.ValuesOf(metrics);
    }

    private static Task<TrainingResult> OnOwnThread(Func<TrainingResult> fit) =>
        Task.Factory.StartNew(fit, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
