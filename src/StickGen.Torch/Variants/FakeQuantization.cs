using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Rules;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// The state of a trainable variant: its units and quantizers, and the mode they compute in. All that has to be in a
/// checkpoint is registered in the variant under <see cref="Prefix"/>, so that the keys of the original stay as they are.
/// </summary>
public sealed class FakeQuantization
{
    /// <summary>The name under which the state is registered in the variant.</summary>
    public const string Prefix = "stickgen";

    private readonly StateContainer container = new();
    private readonly Dictionary<string, FakeQuantizer> quantizers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shape> seenShapes = new(StringComparer.Ordinal);
    private ActivationCapture? capture;
    private nn.Module? variant;

    internal FakeQuantization(CompressionAlgorithm algorithm, TracedModel traced, MatchReport matches)
    {
        (Algorithm, Traced, Matches) = (algorithm, traced, matches);
        container.register_buffer("step", zeros([], ScalarType.Int64).DetachFromDisposeScope());
    }

    /// <summary>What the variant computes.</summary>
    public QuantizationMode Mode { get; set; }

    /// <summary>The algorithm that was applied.</summary>
    public CompressionAlgorithm Algorithm { get; }

    /// <summary>The float graph that the variant was made from.</summary>
    public ModelGraph Graph => Traced.Graph;

    /// <summary>Which rules matched, and why others were not applied.</summary>
    public MatchReport Matches { get; }

    /// <summary>The units in the order of evaluation.</summary>
    public IReadOnlyList<Unit> Units { get; internal set; } = [];

    /// <summary>The quantizers by their path under <see cref="Prefix"/>.</summary>
    public IReadOnlyDictionary<string, FakeQuantizer> Quantizers => quantizers;

    /// <summary>
    /// Paths of modules that could not be rebuilt. The variant runs the original's in evaluation mode, and does not train them.
    /// </summary>
    public IReadOnlyList<string> Borrowed => [.. BorrowedModules.Select(b => b.Path)];

    /// <summary>The number of forwards in training.</summary>
    public long Step => container.get_buffer("step")!.item<long>();

    /// <summary>
    /// Whether ranges are observed outside of training too: for calibrating a model that is not trained further.
    /// </summary>
    public bool Calibrating
    {
        get => quantizers.Values.Any(q => q.Calibrating);
        set
        {
            foreach (var quantizer in quantizers.Values)
                quantizer.Calibrating = value;
        }
    }

    /// <summary>Whether the variant is in training mode.</summary>
    public bool IsTraining => container.training;

    internal TracedModel Traced { get; }

    internal List<(string Path, nn.Module Module)> BorrowedModules { get; } = [];

    /// <summary>The units of the inputs of the model and of each compressible module in it, by the path of the module and the name of the parameter.</summary>
    internal Dictionary<(string Path, string Name), InputUnit> InputUnits { get; } = [];

    /// <summary>The layers, where <see cref="PostTraining.PostTrainingQuantization"/> was applied.</summary>
    internal PostTraining.LayerPlan? LayerPlan { get; set; }

    /// <summary>The units and module calls of the flat graph, in order: what becomes the integer model.</summary>
    internal UnitGraph? UnitGraph { get; set; }

    /// <summary>Keeps the integers of all quantized values from now on, until the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">They are kept already.</exception>
    public ActivationCapture CaptureActivations() =>
        capture is null ? capture = new(this) : throw new InvalidOperationException("Activations are being captured already.");

    /// <summary>The shape of an input: the declared one, or that of the first tensor, with its first dimension named.</summary>
    internal Shape? ShapeOf(GraphValue input) => input.Shape ?? seenShapes.GetValueOrDefault(input.Name);

    internal void See(string input, long[] shape)
    {
        if (seenShapes.ContainsKey(input))
            return;
        var dimensions = Array.ConvertAll(shape, size => (Dimension)size);
        if (dimensions.Length > 0)
            dimensions[0] = "batch";
        seenShapes.Add(input, new(dimensions));
    }

    internal void RegisterIn(nn.Module variant)
    {
        // The ranges of activations are where the activations will be.
        if (variant.parameters().FirstOrDefault() is { } parameter && parameter.device_type != DeviceType.CPU)
            container.to(parameter.device);
        variant.register_module(Prefix, container);
        this.variant = variant;
    }

    internal void Register(string unit, string name, FakeQuantizer quantizer)
    {
        var path = $"{unit}.{name}";
        quantizers.Add(path, quantizer);
        container.Add(path, quantizer);
    }

    /// <summary>Raised with what each unit that is computed reads and with its result, which do not outlive the forward.</summary>
    internal event UnitComputed? Computed;

    internal void Record(Unit unit, ReadOnlySpan<Tensor> inputs, Tensor result)
    {
        capture?.Record(unit, inputs, result);
        Computed?.Invoke(unit, inputs, result);
    }

    /// <summary>A parameter or a buffer of the variant, by its key in the state dictionary.</summary>
    internal Tensor Find(string key) =>
        variant!.named_parameters().FirstOrDefault(p => p.name == key) is { parameter: { } parameter } ? parameter
        : variant.named_buffers().FirstOrDefault(b => b.name == key) is { buffer: { } buffer } ? buffer
        : throw new CompressionException($"The variant has no parameter or buffer '{key}'.");

    internal void Stop(ActivationCapture stopped)
    {
        if (capture == stopped)
            capture = null;
    }

    /// <summary>At the start of each forward.</summary>
    internal void OnForward()
    {
        foreach (var quantizer in quantizers.Values)
            quantizer.OnForward();
        if (!IsTraining)
            return;
        foreach (var (path, module) in BorrowedModules)
        {
            if (is_grad_enabled() && module.parameters().Any(p => p.requires_grad))
                throw new CompressionException(
                    $"'{path}' ({module.GetType().Name}) cannot be rebuilt, so the variant shares it with the original and must not train it. "
                    + $"Set requires_grad of its parameters to false, or implement {nameof(IRebuildable)}.");
        }

        using var noGrad = no_grad();
        container.get_buffer("step")!.add_(1);
    }
}

/// <summary>Sees what a unit computed.</summary>
/// <param name="unit">The unit.</param>
/// <param name="inputs">What its operation read, rounded as the unit reads it.</param>
/// <param name="result">Its result.</param>
internal delegate void UnitComputed(Unit unit, ReadOnlySpan<Tensor> inputs, Tensor result);
