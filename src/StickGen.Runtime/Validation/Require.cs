using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Validation;

/// <summary>Conditions that several operations share.</summary>
internal static class Require
{
    /// <summary>A float32 value, or one quantized per tensor to unsigned bytes.</summary>
    public static void ActivationOrFloat(GraphValue value)
    {
        if (value.Quantization is not { } quantization)
        {
            if (value.Type != ElementType.Float32)
                throw new RuleException($"'{value.Name}' has the type {value.Type} and no quantization.");
            return;
        }

        if (quantization.Axis is not null || quantization.Low < 0 || quantization.High > byte.MaxValue)
            throw new RuleException(
                $"'{value.Name}' is quantized to [{quantization.Low}, {quantization.High}]{(quantization.Axis is null ? "" : " per channel")}; "
                + "activations are quantized per tensor to a range within [0, 255].");
    }

    /// <summary>All that is computed with, and the result, are float32.</summary>
    public static void Float(GraphNode node)
    {
        foreach (var value in node.Inputs.Append(node.Output))
        {
            if (value.Quantization is not null || value.Type != ElementType.Float32)
                throw new RuleException($"it has a kernel for float32 values only, and '{value.Name}' is {value.Type}{(value.Quantization is null ? "" : ", quantized")}.");
        }
    }

    /// <summary>Whether neither what is read first nor the result is quantized.</summary>
    public static bool IsFloat(GraphNode node) => node.Inputs[0].Quantization is null && node.Output.Quantization is null;

    /// <summary>All inputs and the result have the same quantization, or none has one.</summary>
    public static void SameQuantization(GraphNode node)
    {
        foreach (var input in node.Inputs)
        {
            if (!Equals(input.Quantization, node.Output.Quantization))
                throw new RuleException(
                    $"'{input.Name}' and its result need the same quantization, because it moves or selects values.");
        }
    }

    /// <summary>Two quantized inputs of one scale and zero point.</summary>
    public static void OneScale(GraphNode node)
    {
        if (node.Inputs[0].Quantization is { } left && node.Inputs[1].Quantization is { } right
            && (left.Scale != right.Scale || left.ZeroPoint != right.ZeroPoint))
            throw new RuleException(
                $"its inputs '{node.Inputs[0].Name}' (scale {left.Scale}, zero point {left.ZeroPoint}) and '{node.Inputs[1].Name}' "
                + $"(scale {right.Scale}, zero point {right.ZeroPoint}) need the same scale and zero point.");
    }

    /// <summary>All inputs and the result are quantized, or none is.</summary>
    public static void SameKind(GraphNode node)
    {
        foreach (var input in node.Inputs)
        {
            if (input.Quantization is null != node.Output.Quantization is null)
                throw new RuleException($"of '{input.Name}' and its result one is quantized and one is not.");
        }
    }

    /// <summary>Settings that leave sizes, and the time that a window takes, within reason.</summary>
    public static void Moderate(Window window)
    {
        foreach (var size in (ReadOnlySpan<Size2>)[window.Kernel, window.Stride, window.Padding, window.Dilation])
        {
            if (size.Height > Limits.Window || size.Width > Limits.Window)
                throw new RuleException($"kernel, stride, padding and dilation are at most {Limits.Window}; one is {size}.");
        }
    }

    /// <summary>As PyTorch: then each window of a pool without dilation has a value.</summary>
    public static void HalfPadding(Window window)
    {
        if (Exceeds(window.Padding.Height, window.Kernel.Height, window.Dilation.Height)
            || Exceeds(window.Padding.Width, window.Kernel.Width, window.Dilation.Width))
            throw new RuleException($"its padding {window.Padding} is more than half of its kernel {window.Kernel}.");

        static bool Exceeds(int padding, int kernel, int dilation) => padding > (((kernel - 1L) * dilation) + 1) / 2;
    }

    /// <summary>A member of the enumeration.</summary>
    public static void Known(Activation activation)
    {
        if (!Enum.IsDefined(activation))
            throw new RuleException($"the activation {activation} is not known.");
    }

    /// <summary>A factor that does not turn an accumulator into an infinity or NaN.</summary>
    public static void Finite(float factor, string what)
    {
        if (!float.IsFinite(factor))
            throw new RuleException($"its {what} overflows float32: the scales are too far apart.");
    }
}
