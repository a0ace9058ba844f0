namespace StickGen.Kernels;

/// <summary>A convolution, or a linear layer, with its weights packed. Immutable: threads share it.</summary>
internal interface IConvolution
{
    /// <summary>The working memory that <see cref="Run"/> needs for an input size.</summary>
    long ScratchBytes(in ConvolutionGeometry geometry);

    /// <summary>Computes the output, bytes or float32 as the definition says.</summary>
    void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, in ConvolutionGeometry geometry);
}

/// <summary>The sizes of a convolution's images; a linear layer has one image of one column.</summary>
internal readonly record struct ConvolutionGeometry(int Images, int Height, int Width, int OutputHeight, int OutputWidth);
