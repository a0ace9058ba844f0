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

    /// <summary>Packs weights.</summary>
    /// <exception cref="InvalidOperationException">The environment variable <c>STICKGEN_ISA</c> asks for what this CPU does not have.</exception>
    public GroupQuantizedMatrix(GroupedWeights weights)
        : this(weights, KernelSelector.Select())
    {
    }

    internal GroupQuantizedMatrix(GroupedWeights weights, IKernels kernels)
    {
        ArgumentNullException.ThrowIfNull(weights);
        (Scheme, Columns, this.kernels) = (weights.Scheme, weights.Columns, kernels);
        panels = new(weights, Scheme.Bits == 3 ? 4 : Scheme.Bits);
    }

    /// <summary>Bits, group size, symmetry.</summary>
    public GroupScheme Scheme { get; }

    /// <summary>Outputs of the layer.</summary>
    public int Rows => panels.Rows;

    /// <summary>Inputs of the layer.</summary>
    public int Columns { get; }

    /// <summary>The memory that weights, scales and zero points take, in bytes.</summary>
    public long Bytes => panels.Bytes;

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
        if (output.Length != (long)tokens * Rows)
            throw new ArgumentException($"{nameof(output)} has {output.Length} elements; {(long)tokens * Rows} are expected.", nameof(output));
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

    /// <summary>Into how many parts a product can be divided at most.</summary>
    internal int Parts => panels.Panels;

    /// <summary>How many numbers a part needs room for.</summary>
    internal int MemoryLength => panels.PaddedColumns + panels.Groups;

    /// <summary>The outputs of a part.</summary>
    internal (int First, int End) RowsOf(Part part)
    {
        var (first, end) = part.Of(panels.Panels);
        return (first * GroupedPanels.PanelRows, Math.Min(end * GroupedPanels.PanelRows, Rows));
    }

    private void MultiplyPart(ReadOnlySpan<float> input, Span<float> output, ActivationPrecision precision, Part part)
    {
        var floats = ArrayPool<float>.Shared.Rent(MemoryLength);
        MultiplyPart(input, output, precision, part, floats);
        ArrayPool<float>.Shared.Return(floats);
    }

    /// <summary>The product with some of the panels.</summary>
    internal void MultiplyPart(ReadOnlySpan<float> input, Span<float> output, ActivationPrecision precision, Part part, Span<float> floats)
    {
        for (var token = 0; token < input.Length / Columns; token++)
        {
            var from = input.Slice(token * Columns, Columns);
            var to = output.Slice(token * Rows, Rows);
            if (precision == ActivationPrecision.Float)
                MultiplyFloats(from, to, part, floats);
            else
                MultiplyBytes(from, to, part, floats);
        }
    }

    private void MultiplyFloats(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        var token = Tokens.Arrange(panels, input, memory[..panels.PaddedColumns], memory.Slice(panels.PaddedColumns, panels.Groups));
        Multiply(token, output, part);
    }

    private void MultiplyBytes(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        // The room of the token's floats is that of its integers, twice, and of its sums.
        var bytes = MemoryMarshal.AsBytes(memory);
        var values = MemoryMarshal.Cast<byte, sbyte>(bytes[..panels.PaddedColumns]);
        var scale = DynamicQuantization.Scale(Tokens.Largest(input));
        if (!float.IsFinite(scale))
        {
            var (first, end) = RowsOf(part);
            output[first..end].Fill(float.NaN);
            return;
        }

        var token = Tokens.Arrange(
            panels, input, kernels, bytes.Slice(panels.PaddedColumns, Columns), values, MemoryMarshal.Cast<float, int>(memory.Slice(panels.PaddedColumns, panels.Groups)), scale);
        Multiply(token, output, part);
    }

    private void Multiply<TToken>(in TToken token, Span<float> output, Part part)
        where TToken : IToken, allows ref struct
    {
        Span<float> sums = stackalloc float[GroupedPanels.PanelRows];
        var (first, end) = part.Of(panels.Panels);
        for (var panel = first; panel < end; panel++)
        {
            var rows = sums[..(panels.BlocksOf(panel) * GroupedPanels.BlockRows)];
            token.Multiply(kernels.Grouped, panels, panel, rows);
            var target = output[(panel * GroupedPanels.PanelRows)..];
            rows[..Math.Min(rows.Length, target.Length)].CopyTo(target);
        }
    }
}
