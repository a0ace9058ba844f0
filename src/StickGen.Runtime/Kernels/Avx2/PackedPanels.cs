namespace StickGen.Kernels.Avx2;

/// <summary>Some output channels that are computed together, one to a lane.</summary>
/// <param name="FirstInput">The first input channel they read.</param>
/// <param name="FirstChannel">The first, over all groups.</param>
/// <param name="Channels">How many; the lanes after them compute nothing.</param>
/// <param name="Lanes">8 or 16.</param>
/// <param name="SafeQuads">How many quads are multiplied as bytes.</param>
/// <param name="Weights">Where their weights begin.</param>
/// <param name="Quads">Where their quads begin.</param>
/// <param name="Parameters">Where their biases and factors begin.</param>
internal readonly record struct Panel(
    int FirstInput, int FirstChannel, int Channels, int Lanes, int SafeQuads, int Weights, int Quads, int Parameters);

/// <summary>Where four consecutive inputs are that are multiplied together.</summary>
/// <param name="Row">The row of the kernel.</param>
/// <param name="Column">The column of the kernel.</param>
/// <param name="Offset">Elements from there.</param>
internal readonly record struct Quad(int Row, int Column, int Offset);

/// <summary>
/// Weights in the order in which tiles read them. The inputs of an output pixel are segments of consecutive elements: a row of the
/// kernel, or, with dilation or groups, a tap; a segment is taken in quads, the last filled up with weights of 0. Each panel has the
/// quads first in which no lane can saturate (<see cref="PairSafety"/>), as bytes [quad, lane, 4]; the others follow as 16-bit integers,
/// [quad, even or odd, lane, 2]. The bias contains what the input's zero point adds: acc = Σ q·w + (bias − z·Σ w), where every step
/// wraps around and the result, whose bound was checked, is exact.
/// </summary>
internal sealed class PackedPanels
{
    public const int WideLanes = 16;
    public const int NarrowLanes = 8;

    private readonly ConvolutionDefinition definition;
    private readonly bool isExact;

    /// <param name="definition">What is computed.</param>
    /// <param name="stored">The weights as stored.</param>
    /// <param name="isExact">Whether the instructions multiply all bytes exactly, 16 lanes at a time: no quad is unsafe, no panel narrow.</param>
    public PackedPanels(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored, bool isExact = false)
    {
        (this.definition, this.isExact) = (definition, isExact);
        var kernel = definition.Window.Kernel;
        var isTap = definition.Groups > 1 || definition.Window.Dilation.Width > 1;
        var all = new List<Quad>();
        SegmentLength = isTap ? definition.GroupInputs : kernel.Width * definition.GroupInputs;
        for (var row = 0; row < kernel.Height; row++)
        {
            for (var column = 0; column < (isTap ? kernel.Width : 1); column++)
            {
                for (var i = 0; i < SegmentLength; i += 4)
                    all.Add(new(row, column, i));
            }
        }

        QuadsInPanel = all.Count;
        var (panels, weights, quads) = (new List<Panel>(), new List<byte>(), new List<Quad>());
        var parameters = 0;
        for (var channel = 0; channel < definition.OutputChannels;)
        {
            var group = channel / definition.GroupOutputs;
            var left = definition.GroupOutputs - (channel % definition.GroupOutputs);
            var lanes = left > NarrowLanes || isExact ? WideLanes : NarrowLanes;
            var panel = new Panel(
                group * definition.GroupInputs, channel, Math.Min(left, lanes), lanes, 0, weights.Count, quads.Count, parameters);
            panels.Add(panel with { SafeQuads = Pack(panel, stored, all, weights, quads) });
            parameters += lanes;
            channel += panel.Channels;
        }

        Weights = CacheLine.Allocate<byte>(weights.Count, isZero: false, out var start);
        WeightBytes = weights.Count;
        weights.CopyTo(Weights, start);
        Items = [.. panels.Select(p => p with { Weights = p.Weights + start })];
        Quads = [.. quads];
        Bias = GC.AllocateArray<int>(parameters, pinned: true);
        Factors = new float[parameters];
        foreach (var panel in Items)
            FillParameters(panel, stored);
    }

    /// <summary>The panels in the order of their channels.</summary>
    public Panel[] Items { get; }

    /// <summary>Consecutive inputs.</summary>
    public int SegmentLength { get; }

    /// <summary>Quads of one panel.</summary>
    public int QuadsInPanel { get; }

    /// <summary>The weights of all panels, which begin where <see cref="Panel.Weights"/> says; pinned.</summary>
    public byte[] Weights { get; }

    /// <summary>The quads of all panels, in the order of their weights.</summary>
    public Quad[] Quads { get; }

    /// <summary>The bytes of all weights.</summary>
    public int WeightBytes { get; }

    /// <summary>The biases of all panels; pinned.</summary>
    public int[] Bias { get; }

    /// <summary>The factors of all panels.</summary>
    public float[] Factors { get; }

    /// <summary>Packs a panel and returns the number of safe quads.</summary>
    private int Pack(in Panel panel, ReadOnlySpan<sbyte> stored, List<Quad> all, List<byte> weights, List<Quad> quads)
    {
        var unsafeQuads = new List<Quad>();
        Span<sbyte> values = stackalloc sbyte[WideLanes * 4];
        values = values[..(panel.Lanes * 4)];
        foreach (var quad in all)
        {
            Read(panel, stored, quad, values);
            if (!IsSafe(values))
            {
                unsafeQuads.Add(quad);
                continue;
            }

            foreach (var value in values)
                weights.Add((byte)value);
            quads.Add(quad);
        }

        foreach (var quad in unsafeQuads)
        {
            Read(panel, stored, quad, values);
            for (var odd = 0; odd < 2; odd++)
            {
                for (var i = odd; i < values.Length; i += 2)
                {
                    weights.Add((byte)values[i]);
                    weights.Add((byte)(values[i] >> 8));
                }
            }

            quads.Add(quad);
        }

        return all.Count - unsafeQuads.Count;
    }

    private bool IsSafe(ReadOnlySpan<sbyte> values)
    {
        if (isExact)
            return true;
        for (var i = 0; i < values.Length; i += 2)
        {
            if (!PairSafety.IsSafe(values[i], values[i + 1], definition.HighestInput))
                return false;
        }

        return true;
    }

    /// <summary>The weights of a quad, [lane, 4].</summary>
    private void Read(in Panel panel, ReadOnlySpan<sbyte> stored, Quad quad, Span<sbyte> values)
    {
        values.Clear();
        for (var lane = 0; lane < panel.Channels; lane++)
        {
            for (var i = 0; i < Math.Min(4, SegmentLength - quad.Offset); i++)
            {
                var (column, input) = Math.DivRem(quad.Offset + i, definition.GroupInputs);
                values[(lane * 4) + i] = definition.Weight(stored, panel.FirstChannel + lane, input, quad.Row, quad.Column + column);
            }
        }
    }

    private void FillParameters(in Panel panel, ReadOnlySpan<sbyte> stored)
    {
        var ofChannel = stored.Length / definition.OutputChannels;
        for (var lane = 0; lane < panel.Channels; lane++)
        {
            var channel = panel.FirstChannel + lane;
            var sum = 0;
            foreach (var weight in stored.Slice(channel * ofChannel, ofChannel))
                sum += weight;
            Bias[panel.Parameters + lane] = unchecked(definition.Bias[channel] - (definition.InputZeroPoint * sum));
            Factors[panel.Parameters + lane] = definition.Output.Factors[channel];
        }
    }
}
