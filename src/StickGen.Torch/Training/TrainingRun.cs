using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>One run of a <see cref="Trainer"/>: the loop itself.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly Trainer trainer;
    private readonly TrainingOptions options;
    private readonly nn.Module model;
    private readonly ForwardFunction forward;
    private readonly IDataset data;
    private readonly IDataset? validation;
    private readonly IReadOnlyList<ITrainingCallback> callbacks;
    private readonly CancellationToken cancellationToken;

    private readonly IReadOnlyList<(string name, Parameter parameter)> parameters;
    private readonly optim.Optimizer optimizer;
    private readonly IReadOnlyList<Metric> metrics;
    private readonly List<EpochResult> history = [];
    private readonly TrainingContext context;
    private readonly Stopwatch epochClock = new();
    private double epochSecondsBefore;
    private bool isStopped;
    private Tensor? randomState;

    public TrainingRun(
        Trainer trainer,
        nn.Module model,
        ForwardFunction forward,
        IDataset data,
        IReadOnlyList<ITrainingCallback> callbacks,
        IDataset? validation,
        CancellationToken cancellationToken)
    {
        this.trainer = trainer;
        options = trainer.Options;
        this.model = model;
        this.forward = forward;
        this.data = data;
        this.callbacks = callbacks;
        this.validation = validation;
        this.cancellationToken = cancellationToken;

        parameters = [.. model.named_parameters().Where(p => p.parameter.requires_grad)];
        if (parameters.Count == 0)
        {
            throw new ArgumentException(
                $"the model {model.GetName()} has no parameters that require gradients. Does its constructor call RegisterComponents()?");
        }

        var steps = StepsPerEpoch();
        metrics = trainer.Metrics();
        optimizer = trainer.Optimizer(parameters);
        try
        {
            using var checkpoint = OpenCheckpoint();
            context = new(model, optimizer, options, steps, metrics, history, validation is not null, checkpoint is not null);
            Begin(checkpoint);
        }
        catch
        {
            optimizer.Dispose();
            throw;
        }
    }

    public TrainingResult Run()
    {
        var outcome = TrainingOutcome.Failed;
        try
        {
            Notify(static (callback, context) => callback.OnTrainingStart(context));
            while (!isStopped && context.Epoch < options.Epochs)
                RunEpoch();
            outcome = TrainingOutcome.Completed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = TrainingOutcome.Cancelled;
            throw;
        }
        finally
        {
            context.Outcome = outcome;
            NotifyEnd();
        }

        return new([.. history], context.Step, context.IsResumed);
    }

    public void Dispose()
    {
        randomState?.Dispose();
        optimizer.Dispose();
    }

    private int StepsPerEpoch()
    {
        var steps = options.DropLast ? data.Count / options.BatchSize : (data.Count + options.BatchSize - 1) / options.BatchSize;
        return steps is > 0 and <= int.MaxValue
            ? (int)steps
            : throw new ArgumentException($"{data.Count} training samples do not make an epoch of batches of {options.BatchSize}.");
    }

    private CheckpointReader? OpenCheckpoint()
    {
        if (options.Checkpoint is not { } checkpoint)
            return null;
        if (optimizer is not OptimizerHelper)
            throw new ArgumentException($"the state of {optimizer.GetType().Name} cannot be saved, so its runs cannot have checkpoints.");
        CheckUnique("metrics", metrics.Select(metric => metric.Name));
        CheckUnique("callbacks with a state", callbacks.OfType<IResumableCallback>().Select(callback => callback.StateName));
        var exists = File.Exists(checkpoint.Path);
        if (!exists && checkpoint.Resume == ResumeMode.Required)
            throw new CheckpointException(checkpoint.Path, "there is no such file.");
        WholeFile.CheckWritable(checkpoint.Path);
        return exists && checkpoint.Resume != ResumeMode.Never ? new(checkpoint.Path) : null;
    }

    private void Begin(CheckpointReader? checkpoint)
    {
        if (checkpoint is null)
        {
            manual_seed(options.Seed).Dispose();
            return;
        }

        // Before anything changes: metrics and callbacks of the two runs have to be the same.
        var state = checkpoint.State;
        var resumable = callbacks.OfType<IResumableCallback>().ToList();
        CheckSame(checkpoint.Path, "metrics", state.Metrics.Keys, metrics.Select(metric => metric.Name));
        CheckSame(checkpoint.Path, "callbacks with a state", state.Callbacks.Keys, resumable.Select(callback => callback.StateName));
        randomState = Checkpoint.Restore(checkpoint, Setup, model, (OptimizerHelper)optimizer);
        foreach (var metric in metrics)
            metric.State = state.Metrics[metric.Name];
        foreach (var callback in resumable)
            callback.LoadState(state.Callbacks[callback.StateName]);
        history.AddRange(state.History);
        epochSecondsBefore = state.EpochSeconds;
        if (state.IsStopped)
            context.RequestStop();
        // Asked for within an epoch, it waits for its end.
        isStopped = state.IsStopped && state.StepInEpoch == 0;
        context.Epoch = state.Epoch;
        context.StepInEpoch = state.StepInEpoch;
        context.Loss = state.Loss;
    }

    private void RunEpoch()
    {
        // Layers of a model in training mode that its user froze by eval() stay frozen.
        if (!model.training)
            model.train();
        context.Validation = null;
        epochClock.Restart();
        // What callbacks draw here is drawn anew where the run stopped between two epochs, and was drawn long before where it stopped within one.
        var isWithin = context.StepInEpoch > 0;
        if (!isWithin)
            RestoreRandomState();
        Notify(static (callback, context) => callback.OnEpochStart(context));
        if (isWithin)
            RestoreRandomState();

        var order = options.Shuffle ? DataOrder.Shuffled(data.Count, options.Seed, context.Epoch) : DataOrder.Sequential(data.Count);
        while (context.StepInEpoch < context.StepsPerEpoch)
        {
            var start = context.StepInEpoch * (long)options.BatchSize;
            Step(order.AsSpan((int)start, (int)Math.Min(options.BatchSize, order.Length - start)));
            SaveIfDue();
        }

        EndEpoch();
    }

    private void RestoreRandomState()
    {
        if (randomState is null)
            return;
        random.set_rng_state(randomState);
        randomState.Dispose();
        randomState = null;
    }

    private void Step(ReadOnlySpan<long> samples)
    {
        using var scope = NewDisposeScope();
        context.Batch = Augment(data.GetBatch(samples));
        SetLearningRate();
        Notify(static (callback, context) => callback.OnStepStart(context));

        ClearGradients();
        var results = Accumulate(context.Batch);
        if (options.GradientClipNorm is { } norm)
            CheckGradients(nn.utils.clip_grad_norm_(parameters.Select(p => p.parameter), norm));
        Notify(static (callback, context) => callback.OnGradients(context));
        optimizer.step();

        using (no_grad())
        {
            foreach (var (part, output, loss) in results)
            {
                foreach (var metric in metrics)
                    metric.Update(output, part, loss);
            }
        }

        context.StepInEpoch++;
        Notify(static (callback, context) => callback.OnStepEnd(context));
        context.Batch = null;
    }

    /// <summary>
    /// Adds up the gradients of the mean loss of a batch. A part counts as much as it has samples, so the mean does not depend on how the
    /// batch was divided.
    /// </summary>
    private List<(Batch Part, Tensor Output, double Loss)> Accumulate(Batch batch)
    {
        var results = new List<(Batch, Tensor, double)>();
        var size = options.MicroBatchSize ?? batch.Count;
        context.Loss = 0;
        for (var start = 0L; start < batch.Count; start += size)
        {
            // What only the gradient needed goes before the next part begins.
            using var scope = NewDisposeScope();
            var isWhole = size >= batch.Count;
            var part = isWhole ? batch : batch.Slice(start, Math.Min(size, batch.Count - start));
            var output = forward(part);
            var loss = trainer.Loss(output, part);
            if (loss.numel() != 1)
                throw new ArgumentException($"the loss has the shape [{string.Join(", ", loss.shape)}]; one number is expected, such as the mean of these.");
            var value = loss.ToDouble();
            var share = (double)part.Count / batch.Count;
            context.Loss += value * share;
            CheckLoss();
            (isWhole ? loss : loss * share).backward();
            results.Add((part, output.detach().MoveToOuterDisposeScope(), value));
            if (!isWhole)
                Keep(part);
        }

        return results;

        static void Keep(Batch part)
        {
            foreach (var input in part.Inputs)
                input.MoveToOuterDisposeScope();
            part.Target.MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// From a loss that is not finite nothing is learned any more, and the next checkpoint would replace one that is still good.
    /// </summary>
    private void CheckLoss()
    {
        if (!double.IsFinite(context.Loss))
            throw NotFinite($"the loss is {context.Loss.ToString(CultureInfo.InvariantCulture)}", context.Loss);
    }

    /// <summary>An infinite norm, scaled down, makes gradients NaN.</summary>
    private void CheckGradients(double norm)
    {
        if (!double.IsFinite(norm))
            throw NotFinite($"the norm of the gradients is {norm.ToString(CultureInfo.InvariantCulture)}", norm);
    }

    /// <summary>The gradients of a finite loss may not be finite; that shows in the parameters first. A checkpoint that is still good is not replaced by these.</summary>
    private void CheckParameters()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (name, parameter) in parameters)
        {
            if (!parameter.isfinite().all().item<bool>())
                throw NotFinite($"the parameter '{name}' is not finite", double.NaN);
        }
    }

    private NotFiniteNumberException NotFinite(string what, double value) => new(
        string.Create(CultureInfo.InvariantCulture, $"{what} in step {context.StepInEpoch + 1} of epoch {context.Epoch + 1}; training ends here{(options.Checkpoint is null ? "" : ", and the last checkpoint stays as it was")}. ")
        + $"A lower learning rate (now {context.LearningRate.ToString("G4", CultureInfo.InvariantCulture)}) or {nameof(TrainingOptions.GradientClipNorm)} may help, if all data is finite.",
        value);

    private Batch Augment(Batch batch)
    {
        if (trainer.Augmentation is not { } augment)
            return batch;
        using var generator = new Generator(Seeds.Derive(options.Seed, Seeds.Augmentation, context.Step));
        return augment(batch, generator);
    }

    private void SetLearningRate()
    {
        var factor = options.Schedule.Factor(context.Step, context.StepsPerEpoch, context.TotalSteps);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = group.InitialLearningRate * factor;
    }

    /// <summary>
    /// Removes gradients instead of zeroing them, so that a step does not depend on which parameters had gradients before:
    /// a resumed run does not know.
    /// </summary>
    private void ClearGradients()
    {
        foreach (var (_, parameter) in parameters)
            parameter.grad = null;
    }

    private void EndEpoch()
    {
        var seconds = EpochSeconds;
        epochClock.Reset();
        Validate();
        history.Add(new(context.Epoch, context.Metrics, context.Validation, context.LearningRate, seconds));
        Notify(static (callback, context) => callback.OnEpochEnd(context));
        foreach (var metric in metrics)
            metric.Reset();
        epochSecondsBefore = 0;
        context.Epoch++;
        context.StepInEpoch = 0;
        isStopped = context.IsStopRequested;
        Save();
    }

    private void Validate()
    {
        if (validation is null)
            return;
        try
        {
            context.Validation = trainer.Evaluate(model, forward, validation, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // All steps of the epoch are done; the run that resumes begins with this validation.
            Save();
            throw;
        }
    }

    private void SaveIfDue()
    {
        if (cancellationToken.IsCancellationRequested)
        {
            Save();
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (options.Checkpoint?.EverySteps is { } steps && context.Step % steps == 0)
            Save();
    }

    private void Save()
    {
        if (options.Checkpoint is null)
            return;
        CheckParameters();
        var state = new RunState(
            Setup,
            context.Epoch,
            context.StepInEpoch,
            context.IsStopRequested,
            EpochSeconds,
            context.Loss,
            metrics.ToDictionary(metric => metric.Name, metric => metric.State),
            history,
            callbacks.OfType<IResumableCallback>().ToDictionary(callback => callback.StateName, callback => callback.SaveState()));
        Checkpoint.Save(options.Checkpoint.Path, state, model, (OptimizerHelper)optimizer);
    }

    private RunSetup Setup => new(options.Seed, data.Count, options.BatchSize, options.Shuffle, options.DropLast, optimizer.GetType().Name);

    private double EpochSeconds => epochSecondsBefore + epochClock.Elapsed.TotalSeconds;

    private void Notify(Action<ITrainingCallback, TrainingContext> moment)
    {
        foreach (var callback in callbacks)
            moment(callback, context);
    }

    /// <summary>
    /// Every callback learns of the end, so that none keeps a terminal or a file. An exception that one throws does not hide
    /// the one that ended the run.
    /// </summary>
    private void NotifyEnd()
    {
        ExceptionDispatchInfo? first = null;
        foreach (var callback in callbacks)
        {
            try
            {
                callback.OnTrainingEnd(context);
            }
            catch (Exception e)
            {
                first ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        if (context.Outcome == TrainingOutcome.Completed)
            first?.Throw();
    }

    private static void CheckUnique(string what, IEnumerable<string> names)
    {
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Count()} {what} are named '{twice.Key}'; in a checkpoint each needs a name of its own.");
    }

    private static void CheckSame(string path, string what, IEnumerable<string> saved, IEnumerable<string> now)
    {
        if (!saved.Order(StringComparer.Ordinal).SequenceEqual(now.Order(StringComparer.Ordinal)))
        {
            throw new CheckpointException(
                path, $"its {what} are [{string.Join(", ", saved)}], and those of this run are [{string.Join(", ", now)}].");
        }
    }
}
