using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace StickGen.Units;

/// <summary>A linear layer, optionally with the activation that follows it.</summary>
public sealed class LinearUnit : WeightedUnit
{
    private readonly Linear linear;

    /// <summary>A linear layer and an activation.</summary>
    public LinearUnit(Site site, Linear linear, Activation activation = Activation.None)
        : base(site, activation, linear)
    {
        ArgumentNullException.ThrowIfNull(linear);
        this.linear = linear;
        WeightQuantizer = site.CreateWeightQuantizer(linear.weight);
    }

    /// <summary>The module, which belongs to the variant.</summary>
    internal Linear Layer => linear;

    /// <summary>What computes the layer in place of its module, where it is quantized after training.</summary>
    internal PostTraining.BlockLayer? Quantized { get; set; }

    /// <inheritdoc/>
    public override long WeightCount => linear.weight.numel();

    /// <inheritdoc/>
    public override long OutputChannels => linear.weight.shape[0];

    private protected override Operation Operation => new Operations.Linear(Activation);

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => Activation.Apply(Quantized is { } layer ? layer.Compute(inputs[0]) : linear.forward(inputs[0]));

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Quantized is not null
        ? Float(inputs)
        : Activation.ApplyInPlace(nn.functional.linear(inputs[0], SimulateWeight(linear.weight), linear.bias));

    private protected override GraphValue? LowerGrouped(Lowering lowering, GraphValue input)
    {
        if (Quantized?.Rounded is not { } weights)
            return null;
        var graph = lowering.Graph;
        List<GraphValue> operands =
        [
            input,
            graph.AddConstant($"{Name}.weight", ElementType.Int8, Shape.Of(weights.Rows, weights.Columns), MemoryMarshal.AsBytes(weights.Values.Span).ToArray()),
            graph.AddConstant($"{Name}.scales", ElementType.Float32, Shape.Of(weights.Rows, weights.Groups), MemoryMarshal.AsBytes(weights.Scales.Span).ToArray()),
        ];
        if (!weights.Scheme.Symmetric)
            operands.Add(graph.AddConstant($"{Name}.zero_points", ElementType.Int8, Shape.Of(weights.Rows, weights.Groups), MemoryMarshal.AsBytes(weights.ZeroPoints.Span).ToArray()));
        if (linear.bias is { } bias)
            operands.Add(lowering.AddConstant($"{Name}.bias", bias));
        return lowering.Add(this, Quantized.ToOperation(), [.. operands]);
    }

    private protected override FoldedWeights Fold()
    {
        var (integers, scales) = Integers(linear.weight);
        return new(integers, linear.weight.shape, scales, linear.bias?.ToFloats() is { } bias ? Array.ConvertAll(bias, b => (double)b) : null);
    }

    private protected override (Tensor Weight, Tensor? Bias) FoldFloat() => (linear.weight, linear.bias);

    private protected override Tensor Map(Tensor x, Tensor weight) => nn.functional.linear(x, weight);

    private protected override Tensor AlongOutput(Tensor channels) => channels;
}
