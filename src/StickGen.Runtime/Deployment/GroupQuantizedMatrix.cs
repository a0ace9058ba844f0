using System.Buffers;
using System.Runtime.InteropServices;
using StickGen.Kernels;
using StickGen.Kernels.Grouped;
using StickGen.Quantization;

namespace StickGen.Deployment;

/// <summary>
/// The weights of a linear layer in 2, 3, 4 or 8 bits with a scale for each output or for each group of inputs, and their product with tokens. Weights are never
/// expanded: a product reads the packed integers once, so that decoding token by token, which waits for memory, becomes as much faster as weights become smaller. 3 bits take the room of 4.
/// Safe for use by several threads.
/// </summary>
public sealed class GroupQuantizedMatrix
{
    private readonly GroupedPanels panels;
    private readonly IKernels kernels;

    /// <summary>Packs integers that are quantized already.</summary>
    /// <param name="scheme">Bits, group size, symmetry.</param>
    /// <param name="rows">Outputs of the layer.</param>
    /// <param name="columns">Inputs of the layer, at most 65,536.</param>
    /// <param name="values">Integers of the scheme: rows × columns.</param>
    /// <param name="scales">rows × groups, finite.</param>
    /// <param name="zeroPoints">rows × groups integers of the scheme; empty if symmetric.</param>
    /// <exception cref="ArgumentException">A size, an integer or a scale is not what the scheme asks for; the message says which.</exception>
    public GroupQuantizedMatrix(
        GroupScheme scheme, int rows, int columns, ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints = default)
        : this(scheme, rows, columns, values, scales, zeroPoints, KernelSelector.Select())
    {
    }

    internal GroupQuantizedMatrix(
        GroupScheme scheme, int rows, int columns, ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints, IKernels kernels)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, MaximumColumns);
        var groupLength = scheme.GroupLength(columns);
        Check(nameof(values), values.Length, (long)rows * columns);
        Check(nameof(scales), scales.Length, (long)rows * (columns / groupLength));
        Check(nameof(zeroPoints), zeroPoints.Length, scheme.Symmetric ? 0 : scales.Length);
        Check(nameof(values), values, scheme);
        Check(nameof(zeroPoints), zeroPoints, scheme);
        foreach (var scale in scales)
        {
            if (!float.IsFinite(scale))
                throw new ArgumentException($"A scale is {scale}; scales have to be finite.", nameof(scales));
        }

        (Scheme, Columns, this.kernels) = (scheme, columns, kernels);
        panels = new(rows, columns, groupLength, scheme.Bits == 3 ? 4 : scheme.Bits, values, scales, zeroPoints);
    }

    /// <summary>The most inputs that a layer can have: sums of products are then below 2³¹.</summary>
    public const int MaximumColumns = 1 << 16;

    /// <summary>Bits, group size, symmetry.</summary>
    public GroupScheme Scheme { get; }

    /// <summary>Outputs of the layer.</summary>
    public int Rows => panels.Rows;

    /// <summary>Inputs of the layer.</summary>
    public int Columns { get; }

    /// <summary>The memory that weights, scales and zero points take, in bytes.</summary>
    public long Bytes => panels.Bytes;

    /// <summary>Quantizes weights by rounding to nearest (RTN).</summary>
    /// <param name="scheme">Bits, group size, symmetry.</param>
    /// <param name="rows">Outputs of the layer.</param>
    /// <param name="columns">Inputs of the layer, at most 65,536.</param>
    /// <param name="weights">rows × columns, finite.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a weight is not finite.</exception>
    public static GroupQuantizedMatrix RoundToNearest(GroupScheme scheme, int rows, int columns, ReadOnlySpan<float> weights)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        Check(nameof(weights), weights.Length, (long)rows * columns);
        var length = scheme.GroupLength(columns);
        var values = new sbyte[weights.Length];
        var scales = new float[weights.Length / length];
        var zeroPoints = scheme.Symmetric ? [] : new sbyte[scales.Length];
        for (var group = 0; group < scales.Length; group++)
        {
            var source = weights.Slice(group * length, length);
            var (scale, zeroPoint) = scheme.ChooseParameters(source);
            scales[group] = scale;
            if (!scheme.Symmetric)
                zeroPoints[group] = (sbyte)zeroPoint;
            for (var i = 0; i < source.Length; i++)
                values[(group * length) + i] = (sbyte)scheme.Quantize(source[i], scale, zeroPoint);
        }

        return new(scheme, rows, columns, values, scales, zeroPoints);
    }

    /// <summary>The product of each token with the weights: <c>output[t, r] = Σ input[t, c] · weight[r, c]</c>.</summary>
    /// <param name="input">Tokens × columns. A token of int8 that has values which are not finite has no finite outputs.</param>
    /// <param name="output">Tokens × rows.</param>
    /// <param name="precision">Whether tokens are quantized.</param>
    /// <param name="threads">How many threads compute; the result is the same.</param>
    /// <exception cref="ArgumentException">Lengths do not fit.</exception>
    public void Multiply(ReadOnlySpan<float> input, Span<float> output, ActivationPrecision precision = ActivationPrecision.Float, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (input.Length % Columns != 0)
            throw new ArgumentException($"{input.Length} values are not whole tokens of {Columns} inputs.", nameof(input));
        var tokens = input.Length / Columns;
        Check(nameof(output), output.Length, (long)tokens * Rows);
        threads = Math.Min(threads, panels.Panels);
        if (threads == 1)
            MultiplyPart(input, output, precision, Part.Whole);
        else
            MultiplyInParallel(input, output, precision, threads);
    }

    private unsafe void MultiplyInParallel(ReadOnlySpan<float> input, Span<float> output, ActivationPrecision precision, int threads)
    {
        fixed (float* from = input, to = output)
        {
            var (source, sourceLength, target, targetLength) = ((nint)from, input.Length, (nint)to, output.Length);
            Parallel.For(0, threads, part => MultiplyPart(new((void*)source, sourceLength), new((void*)target, targetLength), precision, new Part(part, threads)));
        }
    }

    /// <summary>The product with some of the panels.</summary>
    private void MultiplyPart(ReadOnlySpan<float> input, Span<float> output, ActivationPrecision precision, Part part)
    {
        var floats = ArrayPool<float>.Shared.Rent(panels.PaddedColumns + panels.Groups);
        for (var token = 0; token < input.Length / Columns; token++)
        {
            var from = input.Slice(token * Columns, Columns);
            var to = output.Slice(token * Rows, Rows);
            if (precision == ActivationPrecision.Float)
                MultiplyFloats(from, to, part, floats);
            else
                MultiplyBytes(from, to, part, floats);
        }

        ArrayPool<float>.Shared.Return(floats);
    }

    private void MultiplyFloats(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        var token = Tokens.Arrange(panels, input, memory[..panels.PaddedColumns], memory.Slice(panels.PaddedColumns, panels.Groups));
        Span<float> sums = stackalloc float[GroupedPanels.PanelBlocks * GroupedPanels.BlockRows];
        var (first, end) = part.Of(panels.Panels);
        for (var panel = first; panel < end; panel++)
        {
            var rows = sums[..(panels.BlocksOf(panel) * GroupedPanels.BlockRows)];
            kernels.Grouped.Multiply(panels, token, panel, rows);
            Store(rows, panel, output);
        }
    }

    private void MultiplyBytes(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        // The room of the token's floats is that of its integers, twice, and of its sums.
        var bytes = MemoryMarshal.AsBytes(memory);
        var values = MemoryMarshal.Cast<byte, sbyte>(bytes[..panels.PaddedColumns]);
        var scale = DynamicQuantization.Scale(Tokens.Largest(input));
        if (!float.IsFinite(scale))
        {
            output.Fill(float.NaN);
            return;
        }

        var token = Tokens.Arrange(
            panels, input, kernels, bytes.Slice(panels.PaddedColumns, Columns), values, MemoryMarshal.Cast<float, int>(memory.Slice(panels.PaddedColumns, panels.Groups)), scale);
        Span<float> sums = stackalloc float[GroupedPanels.PanelBlocks * GroupedPanels.BlockRows];
        var (first, end) = part.Of(panels.Panels);
        for (var panel = first; panel < end; panel++)
        {
            var rows = sums[..(panels.BlocksOf(panel) * GroupedPanels.BlockRows)];
            kernels.Grouped.Multiply(panels, token, panel, rows);
            Store(rows, panel, output);
        }
    }

    private static void Store(ReadOnlySpan<float> rows, int panel, Span<float> output)
    {
        var target = output[(panel * GroupedPanels.PanelBlocks * GroupedPanels.BlockRows)..];
        rows[..Math.Min(rows.Length, target.Length)].CopyTo(target);
    }

    private static void Check(string name, int actual, long expected)
    {
        if (actual != expected)
            throw new ArgumentException($"{name} has {actual} elements; {expected} are expected.", name);
    }

    private static void Check(string name, ReadOnlySpan<sbyte> integers, GroupScheme scheme)
    {
        foreach (var q in integers)
        {
            if (q < scheme.QMin || q > scheme.QMax)
                throw new ArgumentException($"{name} has a {q}; {scheme} has integers from {scheme.QMin} to {scheme.QMax}.", name);
        }
    }
}
