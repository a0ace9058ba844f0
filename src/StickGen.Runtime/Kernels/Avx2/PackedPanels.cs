namespace StickGen.Kernels.Avx2;

/// <summary>Some output channels that are computed together, one to a lane.</summary>
/// <param name="Group">The group they are of.</param>
/// <param name="FirstChannel">The first, over all groups.</param>
/// <param name="Channels">How many; the lanes after them compute nothing.</param>
/// <param name="Lanes">8 or 16.</param>
/// <param name="Weights">Where their weights begin.</param>
/// <param name="Parameters">Where their biases and factors begin.</param>
internal readonly record struct Panel(int Group, int FirstChannel, int Channels, int Lanes, int Weights, int Parameters);

/// <summary>
/// Weights as 16-bit pairs in the order in which tiles read them: [panel, segment, pair, lane, 2]. The odd element of a
/// segment is paired with a weight of 0. The bias contains what the input's zero point adds: acc = Σ q·w + (bias − z·Σ w),
/// where every step wraps around and the result, whose bound was checked, is exact.
/// </summary>
internal sealed class PackedPanels
{
    public const int WideLanes = 16;
    public const int NarrowLanes = 8;

    public PackedPanels(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored)
    {
        var kernel = definition.Window.Kernel;
        var isTap = definition.Groups > 1 || definition.Window.Dilation.Width > 1;
        Segments = isTap ? kernel.Height * kernel.Width : kernel.Height;
        var length = isTap ? definition.GroupInputs : kernel.Width * definition.GroupInputs;
        Pairs = (length + 1) / 2;

        var panels = new List<Panel>();
        var (weights, parameters) = (0, 0);
        for (var channel = 0; channel < definition.OutputChannels;)
        {
            var left = definition.GroupOutputs - (channel % definition.GroupOutputs);
            var lanes = left > NarrowLanes ? WideLanes : NarrowLanes;
            var channels = Math.Min(left, lanes);
            panels.Add(new(channel / definition.GroupOutputs, channel, channels, lanes, weights, parameters));
            weights = checked(weights + (Segments * Pairs * lanes * 2));
            parameters += lanes;
            channel += channels;
        }

        Items = [.. panels];
        Weights = new short[weights];
        Bias = new int[parameters];
        Factors = new float[parameters];
        foreach (var panel in Items)
            Fill(definition, stored, panel, length);
    }

    /// <summary>The panels in the order of their channels.</summary>
    public Panel[] Items { get; }

    /// <summary>Segments of an output pixel's inputs.</summary>
    public int Segments { get; }

    /// <summary>Pairs in a segment.</summary>
    public int Pairs { get; }

    /// <summary>The weights of all panels.</summary>
    public short[] Weights { get; }

    /// <summary>The biases of all panels.</summary>
    public int[] Bias { get; }

    /// <summary>The factors of all panels.</summary>
    public float[] Factors { get; }

    private void Fill(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored, Panel panel, int length)
    {
        var columns = definition.Window.Kernel.Width;
        var segmentsInRow = Segments / definition.Window.Kernel.Height;
        for (var lane = 0; lane < panel.Channels; lane++)
        {
            var channel = panel.FirstChannel + lane;
            var sum = 0;
            for (var segment = 0; segment < Segments; segment++)
            {
                var (row, tap) = Math.DivRem(segment, segmentsInRow);
                for (var i = 0; i < length; i++)
                {
                    var (column, input) = Math.DivRem(i, definition.GroupInputs);
                    var weight = definition.Weight(stored, channel, input, row, segmentsInRow == 1 ? column : tap);
                    Weights[panel.Weights + (((((segment * Pairs) + (i / 2)) * panel.Lanes) + lane) * 2) + (i % 2)] = weight;
                    sum += weight;
                }
            }

            Bias[panel.Parameters + lane] = unchecked(definition.Bias[channel] - (definition.InputZeroPoint * sum));
            Factors[panel.Parameters + lane] = definition.Output.Factors[channel];
        }
    }
}
