using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Validation;

/// <summary>Rules of convolution and linear: types of weight and bias, and accumulators that cannot overflow.</summary>
internal static class ParameterRules
{
    public static void Check(GraphNode node, Activation activation)
    {
        var input = node.Inputs[0];
        var weight = node.Inputs[1];
        var bias = node.Inputs.Count > 2 ? node.Inputs[2] : null;
        if (input.Quantization is { } quantization)
        {
            CheckIntegers(node.Output, quantization, weight, bias, activation);
        }
        else
        {
            if (weight.Type != ElementType.Float32 || weight.Quantization is not null || bias is { Type: not ElementType.Float32 })
                throw new RuleException($"its input is float32, so its weight '{weight.Name}' and bias have to be too.");
            if (node.Output.Quantization is not null)
                throw new RuleException("its input is float32, so its result cannot be quantized; a quantize node has to follow.");
        }
    }

    private static void CheckIntegers(
        GraphValue output, ValueQuantization input, GraphValue weight, GraphValue? bias, Activation activation)
    {
        if (weight.Type != ElementType.Int8 || weight.Quantization is not { } quantization)
            throw new RuleException($"its input is quantized, so its weight '{weight.Name}' has to be Int8 with a quantization.");
        var channels = (int)weight.Shape![0].Size;
        if (quantization.Low < -sbyte.MaxValue || quantization.High > sbyte.MaxValue)
            throw new RuleException($"the weight '{weight.Name}' has the range [{quantization.Low}, {quantization.High}], outside of [-127, 127].");
        if (quantization.ZeroPoints.Any(z => z != 0))
            throw new RuleException($"the weight '{weight.Name}' has a zero point other than 0.");
        if (quantization.Axis is not (null or 0) || (quantization.Axis == 0 && quantization.Scales.Length != channels))
            throw new RuleException($"the weight '{weight.Name}' needs one scale, or one for each of its {channels} output channels.");
        if (bias is { Type: not ElementType.Int32 })
            throw new RuleException($"its input is quantized, so its bias '{bias.Name}' has to be Int32.");

        foreach (var scale in quantization.Scales)
        {
            if (output.Quantization is { } result)
                Require.Finite(Requantization.Multiplier(input.Scale, scale, result.Scale), "multiplier");
            else
                Require.Finite(Requantization.FloatFactor(input.Scale, scale), "factor");
        }

        CheckAccumulators(input, weight, quantization, bias, channels);
        if (output.Quantization is { } range)
            _ = activation.Bounds(range);
    }

    /// <summary>
    /// With every input at the end of its range that is farther from the zero point, and with the sign of its weight, the sum
    /// has to fit an int32.
    /// </summary>
    private static void CheckAccumulators(
        ValueQuantization input, GraphValue weight, ValueQuantization quantization, GraphValue? bias, int channels)
    {
        var weights = MemoryMarshal.Cast<byte, sbyte>(weight.Data.Span);
        var biases = bias is null ? default : MemoryMarshal.Cast<byte, int>(bias.Data.Span);
        long reach = Math.Max(input.High - input.ZeroPoint, input.ZeroPoint - input.Low);
        var length = weights.Length / channels;
        for (var channel = 0; channel < channels; channel++)
        {
            long sum = 0;
            foreach (var w in weights.Slice(channel * length, length))
            {
                if (w < quantization.Low || w > quantization.High)
                    throw new RuleException($"the weight '{weight.Name}' has the value {w}, outside of its range [{quantization.Low}, {quantization.High}].");
                sum += Math.Abs((int)w);
            }

            var bound = (sum * reach) + (bias is null ? 0 : Math.Abs((long)biases[channel]));
            if (bound > int.MaxValue)
                throw new RuleException($"the accumulator of output channel {channel} can reach {bound}, which overflows an int32.");
        }
    }
}
