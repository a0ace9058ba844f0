using StickGen.Kernels.Grouped;

namespace StickGen.Kernels;

/// <summary>
/// The integer kernels of one instruction set. Every implementation gives the same bits; the portable one is the
/// definition. Images are channels-last. Spans have exactly the lengths that the geometry says.
/// </summary>
internal interface IKernels
{
    /// <summary>The name of the instruction set, as in <c>STICKGEN_ISA</c>.</summary>
    string Name { get; }

    /// <summary>Products with weights that have scales for groups of inputs.</summary>
    IGroupedProducts Grouped { get; }

    /// <summary>Packs weights for this instruction set, once for all input sizes; they are not needed afterwards.</summary>
    /// <param name="definition">What is computed.</param>
    /// <param name="weights">As stored: [output channel, input channel of the group, row, column].</param>
    IConvolution Convolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> weights);

    /// <summary>From float32 to integers, element by element.</summary>
    void Quantize(ReadOnlySpan<float> source, Span<byte> target, in IntegerRange range);

    /// <summary>From integers to float32, element by element.</summary>
    void Dequantize(ReadOnlySpan<byte> source, Span<float> target, in IntegerRange range);

    /// <summary>The requantized sum of two values that have the zero point <paramref name="inputZeroPoint"/>.</summary>
    void Add(
        ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, int inputZeroPoint, float multiplier, in IntegerRange range);

    /// <summary>Arithmetic of two values, each of as many bytes as the target, or one for all.</summary>
    void Arithmetic(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, in ArithmeticDefinition definition);

    /// <summary>The product of two matrices of bytes.</summary>
    void MatMul(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition);

    /// <summary>The bytes of scratch memory that a product needs.</summary>
    long MatMulScratchBytes(int rows, int inner, int columns);

    /// <summary>Softmax of each row of a number of elements; see <see cref="Portable.RowFunctions.Softmax"/>.</summary>
    void Softmax(ReadOnlySpan<byte> source, Span<byte> target, int length, ReadOnlySpan<int> table, in IntegerRange range);

    /// <summary>Normalizes each row; see <see cref="Portable.RowFunctions.Normalize"/>.</summary>
    void Normalize(
        ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets, in NormalizationDefinition definition);

    /// <summary>Values limited to [low, high].</summary>
    void Clamp(ReadOnlySpan<byte> source, Span<byte> target, byte low, byte high);

    /// <summary>The entry of a table of 256 bytes for each byte.</summary>
    void Lookup(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<byte> table);

    /// <summary>The largest value of each window; <paramref name="lowest"/> for one that has none.</summary>
    void MaxPool(ReadOnlySpan<byte> source, Span<byte> target, in MaxPoolGeometry geometry, byte lowest);

    /// <summary>The requantized mean of each window.</summary>
    void MeanPool(ReadOnlySpan<byte> source, Span<byte> target, in MeanPoolGeometry geometry, in MeanPoolScales scales);

    /// <summary>Transposes each of a number of matrices of bytes.</summary>
    void Transpose(ReadOnlySpan<byte> source, Span<byte> target, int matrices, int rows, int columns);
}
