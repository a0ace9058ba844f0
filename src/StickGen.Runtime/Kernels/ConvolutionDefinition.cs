using StickGen.Operations;

namespace StickGen.Kernels;

/// <summary>What a quantized convolution computes, but for its weights. A linear layer is a 1×1 convolution.</summary>
internal sealed class ConvolutionDefinition
{
    /// <summary>Kernel, stride, padding, dilation.</summary>
    public required Window Window { get; init; }

    /// <summary>The number of groups.</summary>
    public required int Groups { get; init; }

    /// <summary>Channels of the input, over all groups.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Channels of the output, over all groups.</summary>
    public required int OutputChannels { get; init; }

    /// <summary>The bias for each output channel at scale input · weight.</summary>
    public required int[] Bias { get; init; }

    /// <summary>The input's integer for real zero, which is also what padding is.</summary>
    public required byte InputZeroPoint { get; init; }

    /// <summary>The highest of the input's integers.</summary>
    public required byte HighestInput { get; init; }

    /// <summary>What becomes of the accumulators.</summary>
    public required OutputStage Output { get; init; }

    /// <summary>Input channels of a group.</summary>
    public int GroupInputs => InputChannels / Groups;

    /// <summary>Output channels of a group.</summary>
    public int GroupOutputs => OutputChannels / Groups;

    /// <summary>The weight at a place of the kernel, of weights as stored: [output, input of the group, row, column].</summary>
    public sbyte Weight(ReadOnlySpan<sbyte> weights, int output, int input, int row, int column) =>
        weights[(((((output * GroupInputs) + input) * Window.Kernel.Height) + row) * Window.Kernel.Width) + column];
}

/// <summary>What becomes of an int32 accumulator: it is multiplied by the factor of its output channel, in float32.</summary>
/// <param name="Factors">One factor for each output channel.</param>
internal abstract record OutputStage(float[] Factors);

/// <summary>Rounded, clamped, stored as bytes.</summary>
internal sealed record RequantizedOutput(float[] Factors, IntegerRange Range) : OutputStage(Factors);

/// <summary>Stored as float32 after an activation.</summary>
internal sealed record FloatOutput(float[] Factors, Activation Activation) : OutputStage(Factors);
