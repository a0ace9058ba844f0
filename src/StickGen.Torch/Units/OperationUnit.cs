using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// One operation of the graph. Where the integer model has it, the unit is computed with integers, in the way that its
/// <see cref="IntegerForm"/> says; else in float, by the runtime where it has a <see cref="FloatForm"/>, with quantized neighbours at most.
/// </summary>
public abstract class OperationUnit : Unit
{
    private readonly IntegerForm? form;
    private readonly FloatForm? floatForm;

    /// <summary>The operation of a site that has one node.</summary>
    protected OperationUnit(Site site, params ReadOnlySpan<nn.Module?> modules)
        : base(site, modules)
    {
        ArgumentNullException.ThrowIfNull(site);
        var module = Modules is [var only] ? only : null;
        form = IntegerForm.Of(site.Nodes[0], module);
        floatForm = FloatForm.Of(site.Nodes[0], module);
    }

    /// <summary>The operation.</summary>
    protected Operation Operation => Site.Nodes[0].Operation;

    /// <inheritdoc/>
    public override string? LoweringProblem =>
        IsQuantized || form is { IsFloat: true } || IsFloatOperation ? null
        : form is null ? MissingOperation
        : $"the integer model has '{Operation.Kind}' of quantized values only";

    /// <summary>
    /// Whether the runtime computes it in float32, where that is wanted: with an algorithm that leaves it in float, or kept so. Elsewhere a float result, which is only near the trained one, would be
    /// quantized, and not be what the integer-exact mode says.
    /// </summary>
    private bool IsFloatOperation => floatForm is not null && (Site.KeepFloat || Site.State.Algorithm.ActivationScheme(this) is null);

    /// <summary>What is missing where the integer model has nothing for the operation.</summary>
    protected virtual string MissingOperation => ValueUnit.Refusal(Site.Nodes[0]);

    /// <inheritdoc/>
    protected sealed override UnitPlacement DefaultPlacement => form?.Placement ?? UnitPlacement.Float;

    /// <inheritdoc/>
    protected internal sealed override bool IsNonNegative(bool inputsAre) => form?.IsNonNegative(inputsAre) ?? false;

    /// <inheritdoc/>
    protected sealed override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Float(inputs);

    /// <inheritdoc/>
    protected sealed override Tensor Exact(ReadOnlySpan<Tensor> inputs) => form!.Exact(this, inputs);

    /// <inheritdoc/>
    protected internal sealed override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) =>
        LoweringProblem is { } problem ? throw new CompressionException($"'{Name}': {problem}.")
        : IsQuantized || form is { IsFloat: true } ? form!.Lower(this, lowering, inputs)
        : floatForm!.Lower(this, lowering, inputs);
}
