namespace StickGen.Kernels;

/// <summary>A convolution, or a linear layer, with its weights packed. Immutable: threads share it.</summary>
internal interface IConvolution
{
    /// <summary>Makes it ready for images of one size.</summary>
    IBoundConvolution Bind(in ConvolutionGeometry geometry);
}

/// <summary>A convolution of images of one size. Immutable: threads share it.</summary>
internal interface IBoundConvolution
{
    /// <summary>The working memory that each part needs.</summary>
    long ScratchBytes { get; }

    /// <summary>Into how many parts, at most <paramref name="threads"/>, it is worth dividing the work.</summary>
    int Parts(int threads);

    /// <summary>
    /// Computes one part of the output, bytes or float32 as the definition says. Parts write to different places, and may run at the same
    /// time; together they are the output, the same for any number of parts.
    /// </summary>
    void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, Part part);
}

/// <summary>The sizes of a convolution's images; a linear layer has one image of one column.</summary>
internal readonly record struct ConvolutionGeometry(int Images, int Height, int Width, int OutputHeight, int OutputWidth);
