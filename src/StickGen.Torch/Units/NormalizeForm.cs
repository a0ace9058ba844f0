using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// Layer and group normalization. Mean and variance are sums of integers; with n elements the normalized ones are
/// (n · d − Σd) / √(n · Σd² − (Σd)² + ε · n² / scale²), of which all but the root is exact.
/// </summary>
internal sealed class NormalizeForm : IntegerForm
{
    private readonly Normalize operation;
    private readonly Tensor? weight;
    private readonly Tensor? bias;

    public NormalizeForm(Normalize operation, nn.Module module)
    {
        this.operation = operation;
        (weight, bias) = module switch
        {
            LayerNorm norm => (norm.weight, norm.bias),
            GroupNorm norm => (norm.weight, norm.bias),
            _ => throw new ArgumentException($"{module.GetType().Name} is not a normalization that has an integer form.", nameof(module)),
        };
    }

    /// <inheritdoc/>
    public override UnitPlacement Placement => UnitPlacement.Quantized;

    /// <summary>Whether the integer model has it. Only modules have constants for parameters.</summary>
    public static bool Suits(nn.Module? module) => module is LayerNorm or GroupNorm;

    /// <inheritdoc/>
    public override Tensor Exact(Unit unit, ReadOnlySpan<Tensor> inputs)
    {
        var (input, output) = (unit.Inputs[0].Parameters, unit.Output.Parameters.ToValueQuantization());
        var steps = IntegerArithmetic.Steps(inputs[0], unit.Inputs[0]).to_type(ScalarType.Float64);
        var shape = steps.shape;
        var isLayer = operation.Function == "layer_norm";
        var rows = isLayer ? steps.flatten(-operation.Size) : steps.reshape(shape[0], operation.Size, -1);
        var length = checked((int)rows.shape[^1]);
        var (sum, squares) = (rows.sum([-1], true), rows.square().sum([-1], true));
        var variance = squares.mul(length).sub(sum.square());
        // As Requantization.InverseDeviation, and what follows it: each operation rounded by itself.
        var inverse = variance.add(Requantization.StepEpsilon(operation.Epsilon, length, input.Scale)).sqrt().reciprocal().to_type(ScalarType.Float32)
            .masked_fill(variance.eq(0), 0);
        var normalized = rows.mul(length).sub(sum).to_type(ScalarType.Float32).mul(inverse).reshape(shape);
        var result = normalized.mul(InSteps(weight, 1, output.Scale, shape, steps.device)).add(InSteps(bias, 0, output.Scale, shape, steps.device));
        return result.clamp_(output.Low - output.ZeroPoint, output.High - output.ZeroPoint).round_();
    }

    /// <inheritdoc/>
    public override GraphValue Lower(Unit unit, Lowering lowering, ReadOnlySpan<GraphValue> inputs)
    {
        if (weight is null)
            return lowering.Add(unit, operation, inputs);
        var factors = lowering.AddConstant($"{unit.Name}.weight", weight);
        return bias is null
            ? lowering.Add(unit, operation, [inputs[0], factors])
            : lowering.Add(unit, operation, [inputs[0], factors, lowering.AddConstant($"{unit.Name}.bias", bias)]);
    }

    private Tensor InSteps(Tensor? parameter, float missing, float scale, long[] shape, Device device)
    {
        using var step = tensor(scale, device: device);
        var values = parameter is null ? tensor(missing, device: device) : parameter.detach();
        values = values.div(step);
        return parameter is null || operation.Function == "layer_norm" ? values : values.reshape([shape[1], .. Enumerable.Repeat(1L, shape.Length - 2)]);
    }
}
