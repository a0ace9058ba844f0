using StickGen.Kernels.Grouped;
using X86 = System.Runtime.Intrinsics.X86;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Kernels for AVX2. Integers are exact: bytes are multiplied as bytes (<c>vpmaddubsw</c>) where that is proved not to saturate
/// (<see cref="PairSafety"/>), and otherwise widened to 16 bits and multiplied in pairs into 32 (<c>vpmaddwd</c>). Rounding and clamping are those of the portable kernels, instruction for
/// instruction: no fused multiply-add.
/// </summary>
internal class Avx2Kernels : IKernels
{
    protected Avx2Kernels()
    {
    }

    public static bool IsSupported => X86.Avx2.IsSupported;

    public static Avx2Kernels Instance { get; } = new();

    public virtual string Name => "avx2";

    /// <summary>No CPU is known that has AVX2 and not FMA.</summary>
    public virtual IGroupedProducts Grouped => GroupedProducts.IsSupported ? GroupedProducts.Instance : PortableGroupedProducts.Instance;

    public virtual IConvolution Convolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> weights) =>
        IsDepthwise(definition)
            ? Depthwise3x3.Suits(definition) ? new Depthwise3x3(definition, weights) : new DepthwiseConvolution(definition, weights)
            : WinogradWeights.Suits(definition, weights)
            ? new WinogradConvolution(definition, weights)
            : new DenseConvolution<Tiles>(definition, weights);

    protected static bool IsDepthwise(ConvolutionDefinition definition) => definition.GroupInputs == 1 && definition.GroupOutputs == 1 && definition.Groups > 1;

    public void Quantize(ReadOnlySpan<float> source, Span<byte> target, in IntegerRange range) =>
        Elementwise.Quantize(source, target, range);

    public void Dequantize(ReadOnlySpan<byte> source, Span<float> target, in IntegerRange range) =>
        Elementwise.Dequantize(source, target, range);

    public void Add(
        ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, int inputZeroPoint, float multiplier, in IntegerRange range) =>
        Elementwise.Add(left, right, target, inputZeroPoint, multiplier, range);

    public void Arithmetic(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, in ArithmeticDefinition definition) =>
        PairArithmetic.Run(left, right, target, definition);

    public virtual void MatMul(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition) =>
        MatrixProduct.Run(left, right, target, scratch, definition);

    public virtual long MatMulScratchBytes(int rows, int inner, int columns) => MatrixProduct.ScratchBytes(rows, inner, columns);

    public void Clamp(ReadOnlySpan<byte> source, Span<byte> target, byte low, byte high) =>
        Elementwise.Clamp(source, target, low, high);

    public void Softmax(ReadOnlySpan<byte> source, Span<byte> target, int length, ReadOnlySpan<int> table, in IntegerRange range) =>
        SoftmaxRows.Run(source, target, length, table, range);

    public void Normalize(
        ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets, in NormalizationDefinition definition) =>
        LayerNormalization.Run(source, target, factors, offsets, definition);

    public void Lookup(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<byte> table) => TableLookup.Run(source, target, table);

    public void MaxPool(ReadOnlySpan<byte> source, Span<byte> target, in MaxPoolGeometry geometry, byte lowest) =>
        MaxPooling.Run(source, target, geometry, lowest);

    public void MeanPool(ReadOnlySpan<byte> source, Span<byte> target, in MeanPoolGeometry geometry, in MeanPoolScales scales) =>
        MeanPooling.Run(source, target, geometry, scales);

    public void Transpose(ReadOnlySpan<byte> source, Span<byte> target, int matrices, int rows, int columns)
    {
        if (rows != Interleaving.Rows)
        {
            Transposition.Run(source, target, matrices, rows, columns);
            return;
        }

        var size = rows * columns;
        for (var m = 0; m < matrices; m++)
            Interleaving.Run(source.Slice(m * size, size), target.Slice(m * size, size));
    }
}
