using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Avx2;

/// <summary>What becomes of accumulators when a tile is complete. A type parameter of the tiles, so that it costs no virtual call.</summary>
internal interface IEpilogue
{
    /// <summary>Whether whole tiles can be stored from registers.</summary>
    bool StoresRegisters { get; }

    /// <summary>Stores the 16 channels of two pixels from registers. It calls nothing, so that the accumulators of a tile stay in registers.</summary>
    /// <param name="low0">The accumulators of the first pixel's first eight channels.</param>
    /// <param name="high0">Those of its others.</param>
    /// <param name="low1">Those of the second pixel's first eight channels.</param>
    /// <param name="high1">Those of its others.</param>
    /// <param name="factor">The index of the first channel's factor.</param>
    /// <param name="index">Of the first element to be stored.</param>
    /// <param name="step">Elements from a pixel to the next.</param>
    void StorePair(Vector256<int> low0, Vector256<int> high0, Vector256<int> low1, Vector256<int> high1, int factor, nint index, nint step);

    /// <summary>Stores the eight channels of four pixels from registers.</summary>
    /// <param name="first">The accumulators of the first pixel.</param>
    /// <param name="second">Those of the second.</param>
    /// <param name="third">Those of the third.</param>
    /// <param name="fourth">Those of the fourth.</param>
    /// <param name="factor">The index of the first channel's factor.</param>
    /// <param name="index">Of the first element to be stored.</param>
    /// <param name="step">Elements from a pixel to the next.</param>
    void StoreFour(Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, int factor, nint index, nint step);

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
/// The accumulators of a tile, on their way from the registers of the inner loop to an epilogue that stores a part of them. Were it part of
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
