namespace StickGen.Kernels.Avx2;

/// <summary>The inner loops of a convolution. A type parameter of it, so that they cost no virtual call.</summary>
internal interface ITiles
{
    /// <summary>Whether all products of bytes are exact; see <see cref="PackedPanels(ConvolutionDefinition, ReadOnlySpan{sbyte}, bool)"/>.</summary>
    static abstract bool IsExact { get; }

    /// <summary>For each pixel of a grid where its inputs begin, pinned; empty if <see cref="Run"/> does not read it.</summary>
    static abstract int[] PixelOffsets(in PixelGrid largest);

    /// <summary>Computes one panel of channels of some pixels.</summary>
    /// <param name="work">What is computed.</param>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    static abstract void Run<TEpilogue>(in PanelWork work, TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct;
}

/// <summary>One panel of channels of some pixels.</summary>
internal readonly ref struct PanelWork(
    ReadOnlySpan<byte> image, ReadOnlySpan<int> offsets, PackedPanels panels, in Panel panel, in PixelGrid pixels, int[] pixelOffsets, int outputChannels, nint wholeStoresEnd)
{
    /// <summary>The inputs, from the first that the first pixel reads.</summary>
    public readonly ReadOnlySpan<byte> Image = image;

    /// <summary>For each quad, in bytes from a pixel's first input; of a pinned array.</summary>
    public readonly ReadOnlySpan<int> Offsets = offsets;

    /// <summary>Weights, biases and factors.</summary>
    public readonly PackedPanels Panels = panels;

    /// <summary>Which of them.</summary>
    public readonly Panel Panel = panel;

    /// <summary>The pixels.</summary>
    public readonly PixelGrid Pixels = pixels;

    /// <summary>What <see cref="ITiles.PixelOffsets"/> made.</summary>
    public readonly int[] PixelOffsets = pixelOffsets;

    /// <summary>Elements from a pixel of the output to the next.</summary>
    public readonly int OutputChannels = outputChannels;

    /// <summary>Before this element of the output all lanes may be stored; what comes after it is computed later.</summary>
    private readonly nint wholeStoresEnd = wholeStoresEnd;

    /// <summary>How many channels of pixels that begin at an element are stored: all lanes, where that does no harm.</summary>
    public int Stored(nint output, int rows) =>
        output + ((rows - 1) * (nint)OutputChannels) + Panel.Lanes <= wholeStoresEnd ? Panel.Lanes : Panel.Channels;
}
