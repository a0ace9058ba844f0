using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Quantization;
using StickGen.Training;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// The one interface of all algorithms: apply it to a model, train the variant with its callbacks and its loss, convert it.
/// An algorithm supplies quantizers; where they go is not its business.
/// </summary>
/// <remarks>
/// To write one, derive from this class and make <see cref="FakeQuantizer"/>s. An algorithm whose loss depends on what its
/// quantizers learn keeps the ones it made.
/// </remarks>
public abstract class CompressionAlgorithm
{
    /// <summary>The name, for tables.</summary>
    public abstract string Name { get; }

    /// <summary>Whether rewrite rules are applied. Without, every module is a unit of its own.</summary>
    public virtual bool EnableFusion => true;

    /// <summary>How batch normalization is simulated.</summary>
    public virtual BatchNormOptions BatchNorm { get; } = new();

    /// <summary>
    /// Bits of single layers that differ from the rest. What is asked for a place is in <see cref="Site.WeightBits"/> and <see cref="Site.ActivationBits"/>, together with what
    /// attributes ask for; an entry that covers nothing is refused.
    /// </summary>
    public virtual BitPlan Layers => BitPlan.Empty;

    /// <summary>What has to happen during training. Nothing, unless an algorithm says so.</summary>
    public virtual IReadOnlyList<ITrainingCallback> Callbacks => [];

    /// <summary>The loss to train with. <paramref name="inner"/> itself, unless an algorithm adds to it.</summary>
    public virtual LossFunction Loss(LossFunction inner) => inner;

    /// <summary>
    /// Makes the trainable variant of a model, with this algorithm's quantizers in it. The model stays as it is and can be
    /// used further; the variant has copies of its weights.
    /// </summary>
    /// <param name="model">The model. Each module of the variant is in the mode, training or evaluation, of its original.</param>
    /// <param name="inputs">Shapes that replace the declared ones.</param>
    /// <exception cref="CompressionException">The model cannot be compressed so; the message says why.</exception>
    public TFakeQuantized Apply<TFakeQuantized, TQuantized>(
        ICompressible<TFakeQuantized, TQuantized> model, params ReadOnlySpan<Shape> inputs)
        where TFakeQuantized : nn.Module, IFakeQuantized<TQuantized> => (TFakeQuantized)ApplyTo(model, inputs);

    /// <summary>Makes the variant where its type is not known.</summary>
    internal nn.Module ApplyTo(ICompressible model, ReadOnlySpan<Shape> inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        var assembly = new VariantAssembly(model, this, inputs);
        var variant = model.CreateVariant(new(assembly, ""));
        variant.train(((nn.Module)(object)model).training);
        assembly.CopyModes();
        OnApplied(assembly.State);
        return variant;
    }

    /// <summary>Makes the integer model of a variant.</summary>
    /// <exception cref="CompressionException">
    /// An operation has no integer form, a range was never observed, or options allow training only.
    /// </exception>
    public TQuantized Convert<TQuantized>(IFakeQuantized<TQuantized> variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return variant.CreateQuantized(QuantizedModel.FromGraph(ToGraph(variant)));
    }

    /// <summary>The integer model of a variant as a graph.</summary>
    /// <inheritdoc cref="Convert{TQuantized}"/>
    public virtual ModelGraph ToGraph(IFakeQuantized variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return ModelLowering.Lower(variant.State);
    }

    /// <summary>What became of each layer.</summary>
    public virtual CompressionSummary Summary(IFakeQuantized variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return CompressionSummary.Of(variant.State);
    }

    /// <summary>
    /// How the result of a unit is quantized: unsigned, with one scale; <see langword="null"/> for an algorithm that leaves
    /// activations in float.
    /// </summary>
    protected internal abstract QuantizationScheme? ActivationScheme(Unit unit);

    /// <summary>
    /// How the result of a unit is quantized if a sum reads it, such as the stream of a residual network; as any other, unless an algorithm says so.
    /// A convolution or a linear layer that reads the value too then rounds it once more, to what <see cref="ActivationScheme"/> says, by a quantizer of its own.
    /// </summary>
    protected internal virtual QuantizationScheme? SumScheme(Unit unit) => ActivationScheme(unit);

    /// <summary>Makes the quantizer of an activation.</summary>
    /// <param name="units">The units whose results are of one scale.</param>
    /// <param name="scheme">What <see cref="ActivationScheme"/>, or <see cref="SumScheme"/>, said of each of them.</param>
    protected internal abstract FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme);

    /// <summary>Makes the quantizer of a weight, or returns <see langword="null"/> to leave it in float.</summary>
    /// <param name="site">The unit that the weight is of.</param>
    /// <param name="weight">The weight; dimension 0 are the output channels.</param>
    protected internal abstract FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight);

    /// <summary>Called with a new variant, after its quantizers were placed.</summary>
    protected virtual void OnApplied(FakeQuantization state)
    {
    }
}
