using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace StickGen.PostTraining;

/// <summary>
/// A linear layer while it is quantized after training, and afterwards. Until its block is done it has its float weight; then the weight is what the integers stand for.
/// </summary>
public sealed class BlockLayer
{
    private readonly List<LinearUnit> units = [];
    private GroupedWeights? rounded;
    private Tensor? trial;
    private (float Low, float High)? inputRange;
    private (Tensor Low, Tensor High)? channelRanges;
    private Tensor? trialScale;
    private Tensor? clipped;

    internal BlockLayer(string name, Linear linear, GraphValue input, GroupScheme scheme, ActivationQuantization activations)
    {
        (Name, Linear, Input, Scheme, Activations) = (name, linear, input, scheme, activations);
        (Outputs, Inputs) = (checked((int)linear.weight.shape[0]), checked((int)linear.weight.shape[1]));
    }

    /// <summary>The path of the module.</summary>
    public string Name { get; }

    /// <summary>Bits, group size, symmetry of the weights.</summary>
    public GroupScheme Scheme { get; }

    /// <summary>How what it reads is quantized.</summary>
    public ActivationQuantization Activations { get; }

    /// <summary>The number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The float weight, [outputs, inputs]. A step that changes it does so in place.</summary>
    public Tensor Weight => Linear.weight;

    /// <summary>The weight with the values of each group inside of the range that a step chose for it by <see cref="Clip"/>; the weight itself without such a step. [outputs, inputs].</summary>
    public Tensor Clipped => clipped ?? Weight;

    /// <summary><see cref="Clipped"/>, if a step chose ranges.</summary>
    internal Tensor? Ranges => clipped;

    /// <summary>The bias, [outputs], or <see langword="null"/>.</summary>
    public Tensor? Bias => Linear.bias;

    /// <summary>The integers, once a step has rounded the weight. Then the layer computes with them.</summary>
    /// <exception cref="CompressionException">The integers are those of another layer or scheme.</exception>
    public GroupedWeights? Rounded
    {
        get => rounded;
        set
        {
            if (value is not null && (value.Rows != Outputs || value.Columns != Inputs || value.Scheme != Scheme))
                throw new CompressionException($"'{Name}' is given weights of {value.Rows} × {value.Columns} in {value.Scheme}; {Outputs} × {Inputs} in {Scheme} are expected.");
            rounded = value;
            Try(null);
        }
    }

    /// <summary>The range of what it reads, where activations are <see cref="ActivationQuantization.StaticPerTensor"/>.</summary>
    /// <exception cref="CompressionException">A bound is not finite, or they are not in order.</exception>
    public (float Low, float High)? InputRange
    {
        get => inputRange;
        set
        {
            if (value is var (low, high) && !IsRange(low, high))
                throw new CompressionException($"The range of what '{Name}' reads is [{low}, {high}]; two finite numbers in order are expected.");
            inputRange = value;
        }
    }

    /// <summary>Whether two numbers are the bounds of a range.</summary>
    internal static bool IsRange(float low, float high) => float.IsFinite(low) && float.IsFinite(high) && low <= high;

    /// <summary>The module of the variant.</summary>
    internal Linear Linear { get; }

    /// <summary>The value of the graph that it reads.</summary>
    internal GraphValue Input { get; }

    /// <summary>The units that call the module: several, where it is called at several places.</summary>
    internal IReadOnlyList<LinearUnit> Units => units;

    /// <summary>Whether it computes with what it will have when it is quantized.</summary>
    internal bool IsQuantized { get; set; }

    /// <summary>Sees what the layer is given.</summary>
    internal Action<BlockLayer, Tensor>? Observer { get; set; }

    /// <summary>What computes the quantized layer while something is learned for it.</summary>
    internal Func<Tensor, Tensor>? Simulation { get; set; }

    /// <summary>The layer with integer weights, which is faster.</summary>
    internal QuantizedLinear? Kernel { get; private set; }

    /// <summary>
    /// Lets the layer compute with another weight when the block's error is computed, without a change of <see cref="Weight"/>; with no weight given, what it has.
    /// </summary>
    /// <param name="weight">[outputs, inputs], as it would be after rounding; the layer keeps it.</param>
    public void Try(Tensor? weight)
    {
        if (!ReferenceEquals(trial, weight))
            trial?.Dispose();
        trialScale?.Dispose();
        (trial, trialScale) = (weight?.DetachFromDisposeScope(), null);
    }

    /// <summary>
    /// Chooses the ranges of groups. The weight stays as it is: what is outside of its range is clamped when it is rounded, for which a step that rounds can make up, or take another range.
    /// </summary>
    /// <param name="weight">[outputs, inputs]: the weight, with what is outside of the range of its group moved to the end of it, so that the range is from its least to its greatest value.</param>
    public void Clip(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var own = weight.detach().clone().DetachFromDisposeScope();
        clipped?.Dispose();
        clipped = own;
        Try(null);
    }

    /// <summary>
    /// Lets the layer compute as it would if what it reads were divided by a scale, and its weight multiplied with that, before both are quantized: without a change of either.
    /// </summary>
    /// <param name="scale">[inputs], larger than 0.</param>
    public void TryScaled(Tensor scale)
    {
        ArgumentNullException.ThrowIfNull(scale);
        Try(GroupFakeQuantize.Nearest(Weight.detach() * scale, Scheme));
        trialScale = scale.clone().DetachFromDisposeScope();
    }

    /// <summary>Takes more values into account of what the layer reads.</summary>
    /// <param name="low">[inputs].</param>
    /// <param name="high">[inputs].</param>
    internal void Widen(Tensor low, Tensor high)
    {
        if (channelRanges is var (l, h))
        {
            l.copy_(minimum(l, low));
            h.copy_(maximum(h, high));
        }
        else
            channelRanges = (low.DetachFromDisposeScope(), high.DetachFromDisposeScope());
        Range();
    }

    /// <summary>What it reads was divided by a scale.</summary>
    internal void Rescale(Tensor scale)
    {
        if (channelRanges is not var (low, high))
            return;
        low.div_(scale);
        high.div_(scale);
        Range();
    }

    /// <summary>A shift was subtracted from what it reads.</summary>
    internal void Move(Tensor shift)
    {
        if (channelRanges is not var (low, high))
            return;
        low.sub_(shift);
        high.sub_(shift);
        Range();
    }

    private void Range()
    {
        using var scope = NewDisposeScope();
        var (low, high) = channelRanges!.Value;
        InputRange = (low.min().item<float>(), high.max().item<float>());
    }

    internal void Add(LinearUnit unit)
    {
        units.Add(unit);
        unit.Quantized = this;
    }

    /// <summary>Replaces the float weight by what the integers stand for.</summary>
    internal void Commit()
    {
        using var scope = NewDisposeScope();
        Try(null);
        if (channelRanges is var (low, high))
        {
            low.Dispose();
            high.Dispose();
            channelRanges = null;
        }

        clipped?.Dispose();
        clipped = null;

        Weight.copy_(tensor(rounded!.Dequantize(), [Outputs, Inputs]));
    }

    /// <summary>Computes with integers from now on. The float weight is given up.</summary>
    internal void UseKernel()
    {
        Kernel = ToKernel();
        rounded = null;
        using var scope = NewDisposeScope();
        Linear.weight = nn.Parameter(empty(0, Inputs), requires_grad: false);
    }

    /// <summary>The layer that computes with the integers; it belongs to the caller.</summary>
    internal QuantizedLinear ToKernel() => Activations switch
    {
        ActivationQuantization.None => new(rounded!, Linear.bias),
        ActivationQuantization.DynamicPerToken => new(rounded!, Linear.bias, ActivationPrecision.DynamicInt8),
        _ => new(rounded!, Linear.bias, InputRange!.Value),
    };

    /// <summary>What the deployed model computes for it.</summary>
    internal GroupedLinear ToOperation()
    {
        if (Activations != ActivationQuantization.StaticPerTensor)
            return new(Scheme, Activations == ActivationQuantization.None ? ActivationPrecision.Float : ActivationPrecision.DynamicInt8);
        var (low, high) = InputRange!.Value;
        var (scale, zeroPoint) = QuantizedLinear.InputParameters(low, high);
        return new(Scheme, ActivationPrecision.StaticInt8, scale, zeroPoint);
    }

    /// <summary>Stops to compute for its units.</summary>
    internal void Release() => units.ForEach(u => u.Quantized = null);

    /// <summary>The layer's outputs, as it is at present.</summary>
    internal Tensor Compute(Tensor input)
    {
        Observer?.Invoke(this, input);
        if (Kernel is not null)
            return Kernel.forward(input);
        if (!IsQuantized)
            return Linear.forward(input);
        if (Simulation is not null)
            return Simulation(input);
        using var scope = NewDisposeScope();
        // Until the block is done, the module has the float weight.
        var weight = trial ?? Current();
        return nn.functional.linear(trialScale is null ? Quantize(input, InputRange) : Quantize(input / trialScale, TrialRange()), weight, Linear.bias).MoveToOuterDisposeScope();
    }

    private Tensor Current()
    {
        if (!IsOpen)
            return Weight;
        // Rounded once, and kept until something changes.
        var computed = rounded is not null ? tensor(rounded.Dequantize(), [Outputs, Inputs]) : GroupFakeQuantize.Nearest(Clipped.detach(), Scheme);
        Try(computed);
        return computed;
    }

    /// <summary>Whether its block is being worked on.</summary>
    internal bool IsOpen { get; set; }

    /// <summary>The range of what it reads, divided by the scale that is tried.</summary>
    private (float, float)? TrialRange() => channelRanges is var (low, high) ? ((low / trialScale!).min().item<float>(), (high / trialScale!).max().item<float>()) : null;

    private Tensor Quantize(Tensor input, (float, float)? range) => Activations switch
    {
        ActivationQuantization.DynamicPerToken => GroupFakeQuantize.Tokens(input),
        ActivationQuantization.StaticPerTensor when range is var (low, high) => PerTensor(input, low, high),
        ActivationQuantization.StaticPerTensor => throw new CompressionException($"'{Name}' has no range for what it reads; calibrate the variant first."),
        _ => input,
    };

    /// <summary>What the layer makes of what it reads before the product, with gradients.</summary>
    /// <param name="input">What it reads, divided by <paramref name="scale"/>.</param>
    /// <param name="scale">[inputs], or <see langword="null"/>.</param>
    internal Tensor QuantizeLearned(Tensor input, Tensor? scale)
    {
        switch (Activations)
        {
            case ActivationQuantization.DynamicPerToken:
                var step = (input.abs().amax([-1], true) / DynamicQuantization.QMax).clamp_min(1e-12);
                return LearnedRange.Rounded(input / step) * step;
            case ActivationQuantization.StaticPerTensor:
                var (low, high) = channelRanges!.Value;
                var (from, to) = scale is null ? (low.min(), high.max()) : ((low / scale).min(), (high / scale).max());
                var scheme = QuantizationScheme.Activations8;
                var unit = ((to.clamp_min(0) - from.clamp_max(0)) / (scheme.QMax - scheme.QMin)).clamp_min(1e-12);
                var zeroPoint = LearnedRange.Rounded((from.clamp_max(0) / unit).neg() + scheme.QMin);
                return LearnedRange.Rounded(minimum(maximum(input / unit, zeroPoint.neg() + scheme.QMin), zeroPoint.neg() + scheme.QMax)) * unit;
            default:
                return input;
        }
    }

    private static Tensor PerTensor(Tensor input, float low, float high)
    {
        var (scale, zeroPoint) = QuantizedLinear.InputParameters(low, high);
        return GroupFakeQuantize.PerTensor(input, scale, zeroPoint);
    }
}
