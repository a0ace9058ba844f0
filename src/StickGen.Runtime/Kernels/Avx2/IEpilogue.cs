using System.Runtime.CompilerServices;

namespace StickGen.Kernels.Avx2;

/// <summary>What becomes of accumulators when a tile is complete. A type parameter of the tiles, so that it costs no virtual call.</summary>
internal interface IEpilogue
{
    /// <summary>Stores a tile of 16 channels.</summary>
    /// <param name="sums">The accumulators, row after row, 16 each.</param>
    /// <param name="rows">How many pixels are to be stored.</param>
    /// <param name="channels">How many channels are to be stored, at most 16.</param>
    /// <param name="factor">The index of the first channel's factor.</param>
    /// <param name="index">Of the first element to be stored.</param>
    /// <param name="step">Elements from a pixel to the next.</param>
    void StoreWide(ref TileSums sums, int rows, int channels, int factor, nint index, nint step);

    /// <summary>Stores a tile of 8 channels.</summary>
    /// <param name="sums">The accumulators, row after row, 8 each.</param>
    /// <param name="rows">How many pixels are to be stored.</param>
    /// <param name="channels">How many channels are to be stored, at most 8.</param>
    /// <param name="factor">The index of the first channel's factor.</param>
    /// <param name="index">Of the first element to be stored.</param>
    /// <param name="step">Elements from a pixel to the next.</param>
    void StoreNarrow(ref TileSums sums, int rows, int channels, int factor, nint index, nint step);
}

/// <summary>
/// The accumulators of a tile, on their way from the registers of the inner loop to an epilogue. Were the epilogue part of
/// that loop's method, any call in it would make the JIT keep accumulators in memory throughout.
/// </summary>
[InlineArray(Count)]
internal struct TileSums
{
    public const int Count = 64;

    private int first;

    /// <summary>The first accumulator.</summary>
    public static ref int First(ref TileSums sums) => ref sums.first;
}
