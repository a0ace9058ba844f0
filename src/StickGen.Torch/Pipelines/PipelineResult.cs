using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Pruning;
using static TorchSharp.torch;

namespace StickGen.Pipelines;

/// <summary>What a pipeline made.</summary>
public sealed class PipelineResult : IDisposable
{
    private readonly bool ownsModel;

    internal PipelineResult(nn.Module<Tensor, Tensor> model, bool ownsModel, IFakeQuantized? variant, QuantizedModel? quantized, IReadOnlyList<StepReport> steps) =>
        (Model, this.ownsModel, Variant, Quantized, Steps) = (model, ownsModel, variant, quantized, steps);

    /// <summary>The last float model: an <c>X.Pruned</c>, or the model itself if it has no pruned variant.</summary>
    public nn.Module<Tensor, Tensor> Model { get; }

    /// <summary>The fake-quantized variant, if the plan quantizes.</summary>
    public IFakeQuantized? Variant { get; }

    /// <summary>The integer model, if the plan quantizes.</summary>
    public QuantizedModel? Quantized { get; }

    /// <summary>What each step left behind.</summary>
    public IReadOnlyList<StepReport> Steps { get; }

    /// <summary>The float model by its type.</summary>
    /// <exception cref="CompressionException">It is of another type.</exception>
    public TPruned Pruned<TPruned>()
        where TPruned : nn.Module, IPruned => Model as TPruned ?? throw new CompressionException($"The model is a {Model.GetType().FullName}, not a {typeof(TPruned).FullName}.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Quantized?.Dispose();
        (Variant as nn.Module)?.Dispose();
        if (ownsModel)
            Model.Dispose();
    }
}
