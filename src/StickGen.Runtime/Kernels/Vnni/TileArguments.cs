using System.Runtime.InteropServices;

namespace StickGen.Kernels.Vnni;

/// <summary>What the code of a tile is called with. It knows the fields by their offsets.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct TileArguments
{
    public const int ImageOffset = 0, PixelsOffset = 8, EndPixelsOffset = 16, QuadsOffset = 24, EndUnrolledOffset = 32, EndQuadsOffset = 40, WeightsOffset = 48, BiasOffset = 56, SumsOffset = 64;

    /// <summary>The first input of all.</summary>
    [FieldOffset(ImageOffset)]
    public byte* Image;

    /// <summary>For each pixel where its inputs begin, in bytes from <see cref="Image"/>.</summary>
    [FieldOffset(PixelsOffset)]
    public int* Pixels;

    /// <summary>Where the pixels end. There is at least one tile, and none is left over.</summary>
    [FieldOffset(EndPixelsOffset)]
    public int* EndPixels;

    /// <summary>For each quad where its inputs are, in bytes from the first of the pixel.</summary>
    [FieldOffset(QuadsOffset)]
    public int* Quads;

    /// <summary>Where those quads end that are taken <see cref="TileCode.Unrolled"/> at a time.</summary>
    [FieldOffset(EndUnrolledOffset)]
    public int* EndUnrolled;

    /// <summary>Where all quads end.</summary>
    [FieldOffset(EndQuadsOffset)]
    public int* EndQuads;

    /// <summary>[quad, lane, 4], signed.</summary>
    [FieldOffset(WeightsOffset)]
    public byte* Weights;

    /// <summary>What the sums begin with, for each lane.</summary>
    [FieldOffset(BiasOffset)]
    public int* Bias;

    /// <summary>The result: [pixel, lane].</summary>
    [FieldOffset(SumsOffset)]
    public int* Sums;
}
