using StickGen.Kernels.Avx2;
using StickGen.Kernels.Grouped;

namespace StickGen.Kernels.Vnni;

/// <summary>
/// Kernels for AVX-512 with VNNI: convolutions, linear layers, also those of weights in groups, and products of matrices, whose multiplications of bytes are exact without proof; all else is that of AVX2.
/// </summary>
internal sealed class VnniKernels : Avx2Kernels
{
    private VnniKernels()
    {
    }

    public static new bool IsSupported => Avx2Kernels.IsSupported && GroupedProducts.IsSupported && VnniCode.IsSupported;

    public static new VnniKernels Instance { get; } = new();

    public override string Name => "avx512vnni";

    public override IGroupedProducts Grouped => VnniGroupedProducts.Instance;

    public override IConvolution Convolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> weights) =>
        IsDepthwise(definition) ? base.Convolution(definition, weights) : new DenseConvolution<VnniTiles>(definition, weights);

    public override void MatMul(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<byte> scratch, in MatMulDefinition definition) =>
        VnniMatrixProduct.Run(left, right, target, scratch, definition);

    public override long MatMulScratchBytes(int rows, int inner, int columns) => VnniMatrixProduct.ScratchBytes(rows, inner, columns);
}
