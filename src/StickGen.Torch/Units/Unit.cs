using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// Computes what the nodes of a site compute, in every mode of a variant, and says what they become in the integer model.
/// Units borrow the modules they use: they neither register nor dispose them.
/// </summary>
/// <remarks>
/// Between units flow real numbers, in integer-exact mode too: there every quantized value is
/// <c>scale · (q − zero point)</c>, from which <c>q</c> can be had back without error. So code that is kept verbatim
/// between units works in every mode. Derive from this class, and return it from a rule, to add an operation.
/// </remarks>
public abstract class Unit
{
    private Slot[] inputs = [];
    private bool roundsInputs;

    /// <summary>A unit for a site.</summary>
    /// <param name="site">The site, as the rule was given it.</param>
    /// <param name="modules">The modules that are borrowed.</param>
    protected Unit(Site site, params ReadOnlySpan<nn.Module?> modules)
    {
        ArgumentNullException.ThrowIfNull(site);
        Site = site;
        Modules = [.. modules.ToArray().OfType<nn.Module>()];
        Output = new(site.Name);
    }

    /// <summary>The place in the model.</summary>
    public Site Site { get; }

    /// <summary>The unit's name, unique in the model.</summary>
    public string Name => Site.Name;

    /// <summary>The modules that are borrowed, which belong to the variant.</summary>
    public IReadOnlyList<nn.Module> Modules { get; }

    /// <summary>The slots of the values that are read, in the order of <see cref="forward"/>'s arguments.</summary>
    public IReadOnlyList<Slot> Inputs => inputs;

    /// <summary>The slot of the result.</summary>
    public Slot Output { get; }

    /// <summary>The rule that made the unit, or empty.</summary>
    public string Rule { get; internal set; } = "";

    /// <summary>Where quantizers are placed around the unit.</summary>
    public UnitPlacement Placement => Site.KeepFloat ? UnitPlacement.Float : DefaultPlacement;

    /// <summary>
    /// Whether the unit is computed with integers in the integer model. Not if it is kept in float, nor if the algorithm
    /// quantizes weights alone.
    /// </summary>
    public bool IsQuantized => Placement != UnitPlacement.Float && Output.Quantizer is not null;

    /// <summary>
    /// Why the unit cannot be part of an integer model, or <see langword="null"/> if it can.
    /// </summary>
    public virtual string? LoweringProblem => null;

    /// <summary>Where quantizers are placed around units of this class that are not kept in float.</summary>
    protected abstract UnitPlacement DefaultPlacement { get; }

    /// <summary>Whether the result is never negative. An algorithm may then do without negative numbers.</summary>
    /// <param name="inputsAre">Whether all inputs are never negative.</param>
    protected internal virtual bool IsNonNegative(bool inputsAre) => false;

    /// <summary>Computes the unit's result in the mode of the variant. The caller owns it.</summary>
    /// <exception cref="CompressionException">A range is not known yet, or the mode does not allow training.</exception>
    public Tensor forward(params ReadOnlySpan<Tensor> inputs)
    {
        using var scope = NewDisposeScope();
        var state = Site.State;
        if (roundsInputs && state.Mode != QuantizationMode.Disabled)
            inputs = RoundInputs(inputs, state.Mode);
        var result = state.Mode switch
        {
            QuantizationMode.Disabled => Float(inputs),
            QuantizationMode.IntegerExact => ForwardExact(inputs),
            _ => Quantize(Placement == UnitPlacement.Float ? Float(inputs) : Simulate(inputs)),
        };

        // A tensor that is passed through belongs to the caller already.
        foreach (var input in inputs)
        {
            if (ReferenceEquals(input, result))
                result = input.alias();
        }

        state.Record(this, Operands(inputs), result);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Exactly what the original modules and functions return.</summary>
    protected abstract Tensor Float(ReadOnlySpan<Tensor> inputs);

    /// <summary>The same with fake-quantized weights, before the result is quantized.</summary>
    protected abstract Tensor Simulate(ReadOnlySpan<Tensor> inputs);

    /// <summary>
    /// What the integer model computes, by exact arithmetic on integer-valued floats: the integers of the result, less its zero
    /// point. <see cref="Inputs"/> and <see cref="Output"/> have parameters. Called without gradients.
    /// </summary>
    /// <param name="inputs">Real numbers; <see cref="IntegerArithmetic.Steps"/> gives the integers, less the zero point.</param>
    protected abstract Tensor Exact(ReadOnlySpan<Tensor> inputs);

    /// <summary>Adds the nodes of the integer model to <paramref name="lowering"/> and returns the result.</summary>
    /// <param name="lowering">The integer model.</param>
    /// <param name="inputs">Quantized values if <see cref="IsQuantized"/>, else float ones.</param>
    protected internal abstract GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs);

    /// <summary>What the unit's operation reads, of what <see cref="forward"/> is given.</summary>
    private protected virtual ReadOnlySpan<Tensor> Operands(ReadOnlySpan<Tensor> inputs) => inputs;

    internal void Bind(Slot[] slots) => (inputs, roundsInputs) = (slots, Array.Exists(slots, s => s.Source is not null));

    /// <summary>What is read, after the rounding that is for this unit alone.</summary>
    private Tensor[] RoundInputs(ReadOnlySpan<Tensor> values, QuantizationMode mode)
    {
        var rounded = values.ToArray();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is { Source: not null, Quantizer: { } quantizer })
                rounded[i] = mode == QuantizationMode.IntegerExact ? RoundExactly(rounded[i], quantizer) : quantizer.call(rounded[i]);
        }

        return rounded;
    }

    private Tensor ForwardExact(ReadOnlySpan<Tensor> inputs)
    {
        if (Site.State.IsTraining)
            throw new CompressionException("The integer-exact mode cannot be trained in. Call eval() first.");
        using var noGrad = no_grad();
        return IsQuantized ? IntegerArithmetic.ToReal(Exact(Operands(inputs)), Output.Parameters) : QuantizeExactly(Float(inputs));
    }

    private Tensor Quantize(Tensor real) =>
        Output.Quantizer is { } quantizer && !Output.IsRedundant ? quantizer.call(real) : real;

    private Tensor QuantizeExactly(Tensor real) =>
        Output.Quantizer is { } quantizer && !Output.IsRedundant ? RoundExactly(real, quantizer) : real;

    private static Tensor RoundExactly(Tensor real, FakeQuantizer quantizer)
    {
        using var noGrad = no_grad();
        return IntegerArithmetic.ToReal(quantizer.Steps(real), quantizer.Parameters);
    }
}
