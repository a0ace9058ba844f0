using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Distillation;
using StickGen.Graphs;
using StickGen.PostTraining;
using StickGen.Pruning;
using StickGen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pipelines;

/// <summary>
/// Goes the way of a <see cref="CompressionPlan"/>: from a float model, through layers replaced and channels removed, to a deployed integer model.
/// Each step continues from the model that the one before it made; the model that it begins with stays as it is, and is the teacher where
/// steps distil.
/// </summary>
/// <param name="plan">The steps.</param>
/// <param name="data">What they are run on.</param>
/// <param name="folder">
/// Where the run keeps its state and results. A run that was stopped, at any moment, continues there when it is started again with the same plan.
/// </param>
public sealed class CompressionPipeline(CompressionPlan plan, PipelineData data, string folder)
{
    private string ProgressFile => Path.Combine(folder, "progress.json");

    /// <summary>Runs the steps that are not done yet.</summary>
    /// <param name="model">The float model, which has to be compiled with a pruned variant if anything is removed, replaced or trained in float.</param>
    /// <param name="inputs">Shapes that replace the declared ones.</param>
    /// <param name="cancellationToken">Stops the run; started again, it continues.</param>
    /// <exception cref="CompressionException">A step cannot be done; the message says which and why.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public PipelineResult Run(ICompressible model, IReadOnlyList<Shape>? inputs = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var teacher = model as nn.Module<Tensor, Tensor>
            ?? throw new CompressionException($"{model.ModelName} has other inputs or results than one tensor; a pipeline is for models with one of each.");
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        plan.Validate();
        Shape[] shapes = [.. inputs ?? []];
        Directory.CreateDirectory(folder);
        var done = PipelineProgress.Read(ProgressFile, plan);
        var state = new State(teacher, Continue(model, shapes, done), shapes, done);
        try
        {
            for (var i = state.Done.Count; i < plan.Steps.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    RunStep(state, i, cancellationToken);
                }
                catch (CompressionException e)
                {
                    throw new CompressionException($"{plan.Name(i)}: {e.Message}", e);
                }
            }

            return state.Result();
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>The model that the last step that is done left behind, as far as it is a float model.</summary>
    private nn.Module<Tensor, Tensor> Continue(ICompressible model, Shape[] shapes, List<StepReport> done)
    {
        // What is quantized is in the checkpoint of its training: those steps are run again, and end where they did.
        while (done.Count > 0 && plan.Steps[done.Count - 1] is QuantizeStep or DeployStep)
            done.RemoveAt(done.Count - 1);
        if (done.Count > 0)
            return (nn.Module<Tensor, Tensor>)PrunedFile.Load(Prunable(model), FileOf(done.Count - 1));
        return model is IPrunable prunable ? (nn.Module<Tensor, Tensor>)PruningState.Create(prunable, shapes) : (nn.Module<Tensor, Tensor>)model;
    }

    private void RunStep(State state, int index, CancellationToken stop)
    {
        switch (plan.Steps[index])
        {
            case GhostStep step:
                Replace(state, new GhostReplacement(step.Options));
                break;
            case LowRankStep step:
                Replace(state, new LowRankDecomposition(step.Options));
                break;
            case PruneStep step:
                Prune(state, step, index, stop);
                break;
            case FineTuneStep step:
                Prunable((ICompressible)state.Model);
                Train(state, step, state.Model, index, stop);
                break;
            case QuantizeStep step:
                Quantize(state, step, index, stop);
                break;
            case DeployStep step:
                state.Quantized!.Save(Path.Combine(folder, step.File));
                if (step.Onnx is { } onnx)
                    state.Quantized.ExportOnnx(Path.Combine(folder, onnx));
                break;
        }

        if (plan.Steps[index] is not (QuantizeStep or DeployStep))
            ((IPruned)state.Model).State.Save(FileOf(index));
        state.Done.Add(Report(state, index, stop));
        PipelineProgress.Write(ProgressFile, plan, state.Done);
        // What is quantized is made again from the checkpoint of its training.
        if (plan.Steps[index] is not (QuantizeStep or DeployStep))
            File.Delete(CheckpointOf(index));
    }

    private static void Replace(State state, ModuleReplacement replacement) =>
        state.Continue((nn.Module<Tensor, Tensor>)replacement.ApplyTo(Prunable((ICompressible)state.Model), []));

    private void Prune(State state, PruneStep step, int index, CancellationToken stop)
    {
        var algorithm = step.Create();
        var masked = (nn.Module<Tensor, Tensor>)algorithm.ApplyTo(Prunable((ICompressible)state.Model), []);
        try
        {
            if (step.Training is not null)
                Train(state, step, masked, index, stop, algorithm);
            var smaller = (nn.Module<Tensor, Tensor>)algorithm.Convert((IPruned)masked);
            state.MaskedDifference = Difference(masked, smaller);
            state.Continue(smaller);
        }
        finally
        {
            masked.Dispose();
        }
    }

    /// <summary>How far two models are apart on some of the training data, as a share of the largest result.</summary>
    private double Difference(nn.Module<Tensor, Tensor> masked, nn.Module<Tensor, Tensor> smaller)
    {
        const int most = 32;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var first = new EvaluationMode(masked);
        using var second = new EvaluationMode(smaller);
        var x = data.Training.GetBatch([.. Enumerable.Range(0, (int)Math.Min(most, data.Training.Count)).Select(i => (long)i)]).Input;
        var expected = masked.call(x);
        return smaller.call(x).sub(expected).abs().max().to_type(ScalarType.Float64).item<double>() / Math.Max(double.Epsilon, expected.abs().max().to_type(ScalarType.Float64).item<double>());
    }

    private void Quantize(State state, QuantizeStep step, int index, CancellationToken stop)
    {
        var algorithm = step.Create(data.Training);
        var variant = (nn.Module<Tensor, Tensor>)algorithm.ApplyTo((ICompressible)state.Model, state.Shapes);
        state.Variant = variant;
        if (step.Training is not null)
            Train(state, step, variant, index, stop, algorithm);
        else if (algorithm is StaticQuantization calibration)
        {
            using var scope = NewDisposeScope();
            var batches = CalibrationBatches(step.CalibrationBatches).Select(numbers => data.Training.GetBatch(numbers).Input).ToList();
            calibration.Calibrate((IFakeQuantized)variant, batches, Path.Combine(folder, $"step{index}.calibration"), cancellation: stop);
        }
        else
            Calibrate(variant, step.CalibrationBatches);
        variant.eval();
        state.Quantized = QuantizedModel.FromGraph(algorithm.ToGraph((IFakeQuantized)variant));
    }

    private void Calibrate(nn.Module<Tensor, Tensor> variant, int batches)
    {
        var state = ((IFakeQuantized)variant).State;
        variant.eval();
        state.Calibrating = true;
        using var noGrad = no_grad();
        foreach (var numbers in CalibrationBatches(batches))
        {
            using var scope = NewDisposeScope();
            variant.call(data.Training.GetBatch(numbers).Input);
        }

        state.Calibrating = false;
    }

    /// <summary>The numbers of the samples in the first batches of the training data.</summary>
    private IEnumerable<long[]> CalibrationBatches(int batches)
    {
        const int size = 64;
        for (var i = 0; i < batches && i * size < data.Training.Count; i++)
        {
            var count = (int)Math.Min(size, data.Training.Count - (i * (long)size));
            yield return [.. Enumerable.Range(i * size, count).Select(n => (long)n)];
        }
    }

    private void Train(State state, LearningStep step, nn.Module<Tensor, Tensor> model, int index, CancellationToken stop, object? algorithm = null)
    {
        var settings = step.Training!;
        using var teacher = step.Distillation is { } options ? Teacher(state.Teacher, options) : null;
        var loss = teacher?.Loss(data.Loss, model as IFakeQuantized) ?? data.Loss;
        var (pruning, quantization) = (algorithm as PruningAlgorithm, algorithm as CompressionAlgorithm);
        var rate = pruning?.GateLearningRate ?? settings.LearningRate * (quantization is null ? 1 : settings.QuantizerRate);
        var trainer = new Trainer(
            settings.Options(new() { Path = CheckpointOf(index), EverySteps = 200 }),
            pruning?.Loss(loss) ?? quantization?.Loss(loss) ?? loss,
            parameters => settings.Create(parameters, rate)) { Metrics = data.Metrics, Augmentation = data.Augmentation, Callbacks = data.Callbacks };
        var callbacks = pruning?.Callbacks ?? quantization?.Callbacks ?? [];
        ForwardFunction forward = pruning is ScientificControl control ? batch => control.Forward(model, batch.Input) : batch => model.call(batch.Input);
        using var frozen = pruning is { TrainsGatesAlone: true } ? new FrozenParameters(OwnParameters(model)) : null;
        trainer.Fit(model, forward, data.Training, callbacks, data.Validation, stop);
    }

    private static KnowledgeDistillation Teacher(nn.Module<Tensor, Tensor> teacher, KnowledgeDistillationOptions options) =>
        options.Values.Count == 0 ? new(teacher, options) : KnowledgeDistillation.Of((ICompressible)teacher, options);

    private StepReport Report(State state, int index, CancellationToken stop)
    {
        var model = (nn.Module<Tensor, Tensor>?)state.Variant ?? state.Model;
        IEnumerable<KeyValuePair<string, double>> values = data.Validation is { } validation && plan.Steps[index] is not DeployStep
            ? new Trainer(new() { Epochs = 1 }, data.Loss, _ => throw new InvalidOperationException("Nothing is trained.")) { Metrics = data.Metrics }.Evaluate(model, validation, stop)
            : [];
        var statistics = ModelStatistics.Of(Tracer.Run((ICompressible)state.Model, state.Shapes).Graph);
        return new(plan.Steps[index].Kind, state.Model.parameters().Sum(p => p.numel()), statistics.Macs, values.ToDictionary(v => v.Key, v => v.Value))
        {
            MaskedDifference = plan.Steps[index] is PruneStep ? state.MaskedDifference : null,
        };
    }

    private static IPrunable Prunable(ICompressible model) => model as IPrunable
        ?? throw new CompressionException($"{model.ModelName} has no pruned variant, which a step that trains, removes or replaces needs: add Variants.Pruned to the Emit of its [Compressible].");

    private string CheckpointOf(int index) => Path.Combine(folder, $"step{index}.checkpoint");

    private string FileOf(int index) => Path.Combine(folder, $"step{index}.safetensors");

    /// <summary>Where a run is.</summary>
    private sealed class State(nn.Module<Tensor, Tensor> teacher, nn.Module<Tensor, Tensor> model, Shape[] shapes, List<StepReport> done) : IDisposable
    {
        public nn.Module<Tensor, Tensor> Teacher { get; } = teacher;

        public nn.Module<Tensor, Tensor> Model { get; private set; } = model;

        public Shape[] Shapes { get; } = shapes;

        public List<StepReport> Done { get; } = done;

        public nn.Module<Tensor, Tensor>? Variant { get; set; }

        public QuantizedModel? Quantized { get; set; }

        /// <summary>Of the last step that removed channels.</summary>
        public double MaskedDifference { get; set; }

        public void Continue(nn.Module<Tensor, Tensor> next)
        {
            if (Model != Teacher)
                Model.Dispose();
            Model = next;
        }

        public PipelineResult Result() => new(Model, Model != Teacher, (IFakeQuantized?)Variant, Quantized, Done);

        public void Dispose()
        {
            Quantized?.Dispose();
            Variant?.Dispose();
            if (Model != Teacher)
                Model.Dispose();
        }
    }

    /// <summary>What an algorithm did not add.</summary>
    private static IEnumerable<Parameter> OwnParameters(nn.Module model) =>
        model.named_parameters().Where(p => !p.name.StartsWith(PruningState.Prefix + ".", StringComparison.Ordinal)).Select(p => p.parameter);
}
