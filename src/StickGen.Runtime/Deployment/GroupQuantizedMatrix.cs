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
    private readonly (float Scale, int ZeroPoint) inputs;
    private readonly int[] corrections = [];

    /// <summary>Packs weights.</summary>
    /// <exception cref="InvalidOperationException">The environment variable <c>STICKGEN_ISA</c> asks for what this CPU does not have.</exception>
    public GroupQuantizedMatrix(GroupedWeights weights)
        : this(weights, KernelSelector.Select())
    {
    }

    /// <summary>Packs weights for inputs that can have one scale and zero point, from calibration.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="inputScale">What an integer of 1 stands for, finite and larger than 0.</param>
    /// <param name="inputZeroPoint">What stands for 0, in [0, 255].</param>
    /// <exception cref="ArgumentException">A number is another one, or sums of so many inputs and asymmetric weights would not fit 32 bits.</exception>
    /// <exception cref="InvalidOperationException">The environment variable <c>STICKGEN_ISA</c> asks for what this CPU does not have.</exception>
    public GroupQuantizedMatrix(GroupedWeights weights, float inputScale, int inputZeroPoint)
        : this(weights, inputScale, inputZeroPoint, KernelSelector.Select())
    {
    }

    internal GroupQuantizedMatrix(GroupedWeights weights, float inputScale, int inputZeroPoint, IKernels kernels)
        : this(weights, kernels)
    {
        CheckInputs(Scheme, weights.GroupLength, inputScale, inputZeroPoint);
        inputs = (inputScale, inputZeroPoint);
        corrections = Tokens.Corrections(panels, weights, inputZeroPoint);
    }

    /// <summary>Whether inputs can have a scale and a zero point.</summary>
    /// <exception cref="ArgumentException">A number is not allowed, or sums of so many inputs and asymmetric weights would not fit 32 bits.</exception>
    internal static void CheckInputs(GroupScheme scheme, int groupLength, float inputScale, int inputZeroPoint)
    {
        if (!float.IsFinite(inputScale) || inputScale < AffineQuantization.MinimumScale)
            throw new ArgumentException($"The scale of inputs is {inputScale}; a finite number larger than 0 is expected.", nameof(inputScale));
        if (inputZeroPoint is < byte.MinValue or > byte.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(inputZeroPoint), inputZeroPoint, $"The zero point of inputs is {inputZeroPoint}; it is in [0, 255].");
        // The largest magnitude of a weight less its zero point.
        var reach = scheme.Symmetric ? -scheme.QMin : scheme.QMax - scheme.QMin;
        if ((long)groupLength * byte.MaxValue * reach > int.MaxValue)
            throw new ArgumentException($"A sum of {groupLength} inputs with {scheme} may not fit 32 bits; at most {int.MaxValue / (byte.MaxValue * reach)} inputs are possible in a group.");
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

    /// <summary>The memory that weights, scales and zero points, also those of inputs, take, in bytes.</summary>
    public long Bytes => panels.Bytes + (sizeof(int) * corrections.LongLength);

    /// <summary>The product of each token with the weights: <c>output[t, r] = Σ input[t, c] · weight[r, c]</c>.</summary>
    /// <param name="input">
    /// Tokens × columns. A token of <see cref="ActivationPrecision.DynamicInt8"/> that has values which are not finite has no finite outputs; with <see cref="ActivationPrecision.StaticInt8"/>, values are
    /// clamped, and NaN is 0.
    /// </param>
    /// <param name="output">Tokens × rows.</param>
    /// <param name="precision">Whether tokens are quantized.</param>
    /// <param name="threads">How many threads compute; the result is the same.</param>
    /// <exception cref="ArgumentException">Lengths do not fit, or the matrix was made without what <see cref="ActivationPrecision.StaticInt8"/> needs.</exception>
    public void Multiply(ReadOnlySpan<float> input, Span<float> output, ActivationPrecision precision = ActivationPrecision.Float, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (input.Length % Columns != 0)
            throw new ArgumentException($"{input.Length} values are not whole tokens of {Columns} inputs.", nameof(input));
        if (precision == ActivationPrecision.StaticInt8 && corrections.Length == 0)
            throw new ArgumentException($"The matrix was made without a scale of inputs, which {ActivationPrecision.StaticInt8} needs.", nameof(precision));
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
            switch (precision)
            {
                case ActivationPrecision.Float:
                    MultiplyFloats(from, to, part, floats);
                    break;
                case ActivationPrecision.DynamicInt8:
                    MultiplyBytes(from, to, part, floats);
                    break;
                default:
                    MultiplyFixedBytes(from, to, part, floats);
                    break;
            }
        }
    }

    private void MultiplyFloats(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        var token = Tokens.Arrange(panels, input, memory[..panels.PaddedColumns], memory.Slice(panels.PaddedColumns, panels.Groups));
        Multiply(token, output, part);
    }

    private void MultiplyBytes(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        var scale = DynamicQuantization.Scale(Tokens.Largest(input));
        if (!float.IsFinite(scale))
        {
            var (first, end) = RowsOf(part);
            output[first..end].Fill(float.NaN);
            return;
        }

        var (quantized, values, sums) = Divide(memory);
        Multiply(Tokens.Arrange(panels, input, kernels, quantized, values, sums, scale), output, part);
    }

    private void MultiplyFixedBytes(ReadOnlySpan<float> input, Span<float> output, Part part, Span<float> memory)
    {
        var (quantized, values, sums) = Divide(memory);
        Multiply(Tokens.Arrange(panels, input, kernels, quantized, values, sums, inputs.Scale, inputs.ZeroPoint, corrections), output, part);
    }

    /// <summary>The room of a token's floats is that of its integers, twice, and of its sums.</summary>
    private ByteMemory Divide(Span<float> memory)
    {
        var bytes = MemoryMarshal.AsBytes(memory);
        return new(
            bytes.Slice(panels.PaddedColumns, Columns), MemoryMarshal.Cast<byte, sbyte>(bytes[..panels.PaddedColumns]), MemoryMarshal.Cast<float, int>(memory.Slice(panels.PaddedColumns, panels.Groups)));
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

        panels.KeepAlive();
    }

    /// <summary>Memory for a token in integers.</summary>
    private readonly ref struct ByteMemory(Span<byte> quantized, Span<sbyte> values, Span<int> sums)
    {
        private readonly Span<byte> quantized = quantized;
        private readonly Span<sbyte> values = values;
        private readonly Span<int> sums = sums;

        public void Deconstruct(out Span<byte> quantizedInputs, out Span<sbyte> arranged, out Span<int> groupSums)
        {
            quantizedInputs = quantized;
            arranged = values;
            groupSums = sums;
        }
    }
}
