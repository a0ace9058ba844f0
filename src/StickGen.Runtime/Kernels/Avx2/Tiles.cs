using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// The inner loops: four pixels times 16 lanes of a panel in registers, or eight times 8. A pair of inputs is broadcast to
/// all lanes, multiplied by the lanes' pairs of weights, and added.
/// </summary>
internal readonly ref struct Tiles
{
    private const int WideRows = 4;
    private const int NarrowRows = 8;

    private readonly ref byte image;
    private readonly ReadOnlySpan<int> segments;
    private readonly PackedPanels panels;
    private readonly Panel panel;
    private readonly PixelGrid pixels;
    private readonly int outputChannels;

    /// <summary>Before this element of the output a tile may store all its lanes; what comes after it is computed later.</summary>
    private readonly nint wholeStoresEnd;

    public Tiles(
        Span<short> image,
        ReadOnlySpan<int> segments,
        PackedPanels panels,
        in Panel panel,
        in PixelGrid pixels,
        int outputChannels,
        nint wholeStoresEnd)
    {
        this.image = ref Unsafe.As<short, byte>(ref MemoryMarshal.GetReference(image));
        this.segments = segments;
        (this.panels, this.panel, this.pixels, this.outputChannels) = (panels, panel, pixels, outputChannels);
        this.wholeStoresEnd = wholeStoresEnd;
    }

    /// <summary>A panel of 16 lanes.</summary>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void RunWide<TEpilogue>(TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        ref var image = ref this.image;
        ref var panelWeights = ref Unsafe.As<short, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Weights), panel.Weights));
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Bias), panel.Parameters);
        var segments = this.segments;
        nint segmentBytes = panels.Pairs * 2 * sizeof(short);
        var (parameters, step) = (panel.Parameters, (nint)outputChannels);
        Unsafe.SkipInit(out TileSums sums);
        ref var first = ref TileSums.First(ref sums);
        var cursor = new PixelCursor(pixels);
        output += panel.FirstChannel;

        var left = pixels.Count;
        for (; left > 1; left -= WideRows)
        {
            // Fewer pixels than rows: the last is computed again, and not stored.
            ref var pixel0 = ref Unsafe.AddByteOffset(ref image, cursor.Next());
            ref var pixel1 = ref Unsafe.AddByteOffset(ref image, left > 2 ? cursor.Next() : cursor.Offset);
            ref var pixel2 = ref Unsafe.AddByteOffset(ref image, left > 3 ? cursor.Next() : cursor.Offset);
            ref var pixel3 = ref Unsafe.AddByteOffset(ref image, left > 4 ? cursor.Next() : cursor.Offset);
            ref var weights = ref panelWeights;
            var sum00 = Vector256.LoadUnsafe(ref bias);
            var sum01 = Vector256.LoadUnsafe(ref bias, 8);
            var (sum10, sum11, sum20, sum21, sum30, sum31) = (sum00, sum01, sum00, sum01, sum00, sum01);
            foreach (var segment in segments)
            {
                var end = segment + segmentBytes;
                for (nint i = segment; i < end; i += 2 * sizeof(short))
                {
                    var weights0 = Vector256.LoadUnsafe(ref weights).AsInt16();
                    var weights1 = Vector256.LoadUnsafe(ref weights, 32).AsInt16();
                    weights = ref Unsafe.Add(ref weights, 64);
                    var inputs = Broadcast(ref pixel0, i);
                    sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(inputs, weights0));
                    sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(inputs, weights1));
                    inputs = Broadcast(ref pixel1, i);
                    sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(inputs, weights0));
                    sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(inputs, weights1));
                    inputs = Broadcast(ref pixel2, i);
                    sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(inputs, weights0));
                    sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(inputs, weights1));
                    inputs = Broadcast(ref pixel3, i);
                    sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(inputs, weights0));
                    sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(inputs, weights1));
                }
            }

            sum00.StoreUnsafe(ref first);
            sum01.StoreUnsafe(ref first, 8);
            sum10.StoreUnsafe(ref first, 16);
            sum11.StoreUnsafe(ref first, 24);
            sum20.StoreUnsafe(ref first, 32);
            sum21.StoreUnsafe(ref first, 40);
            sum30.StoreUnsafe(ref first, 48);
            sum31.StoreUnsafe(ref first, 56);
            var rows = Math.Min(left, WideRows);
            epilogue.StoreWide(ref sums, rows, Count(output, rows), parameters, output, step);
            output += WideRows * step;
        }

        if (left == 1)
        {
            ref var pixel = ref Unsafe.AddByteOffset(ref image, cursor.Offset);
            ref var weights = ref panelWeights;
            var sum0 = Vector256.LoadUnsafe(ref bias);
            var sum1 = Vector256.LoadUnsafe(ref bias, 8);
            foreach (var segment in segments)
            {
                var end = segment + segmentBytes;
                for (nint i = segment; i < end; i += 2 * sizeof(short))
                {
                    var inputs = Broadcast(ref pixel, i);
                    sum0 = AvxTwo.Add(sum0, AvxTwo.MultiplyAddAdjacent(inputs, Vector256.LoadUnsafe(ref weights).AsInt16()));
                    sum1 = AvxTwo.Add(sum1, AvxTwo.MultiplyAddAdjacent(inputs, Vector256.LoadUnsafe(ref weights, 32).AsInt16()));
                    weights = ref Unsafe.Add(ref weights, 64);
                }
            }

            sum0.StoreUnsafe(ref first);
            sum1.StoreUnsafe(ref first, 8);
            epilogue.StoreWide(ref sums, 1, Count(output, 1), parameters, output, step);
        }
    }

    /// <summary>A panel of 8 lanes.</summary>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void RunNarrow<TEpilogue>(TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        ref var image = ref this.image;
        ref var panelWeights = ref Unsafe.As<short, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Weights), panel.Weights));
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Bias), panel.Parameters);
        var segments = this.segments;
        nint segmentBytes = panels.Pairs * 2 * sizeof(short);
        var (parameters, step) = (panel.Parameters, (nint)outputChannels);
        Unsafe.SkipInit(out TileSums sums);
        ref var first = ref TileSums.First(ref sums);
        var cursor = new PixelCursor(pixels);
        output += panel.FirstChannel;

        var left = pixels.Count;
        for (; left > 1; left -= NarrowRows)
        {
            ref var pixel0 = ref Unsafe.AddByteOffset(ref image, cursor.Next());
            ref var pixel1 = ref Unsafe.AddByteOffset(ref image, left > 2 ? cursor.Next() : cursor.Offset);
            ref var pixel2 = ref Unsafe.AddByteOffset(ref image, left > 3 ? cursor.Next() : cursor.Offset);
            ref var pixel3 = ref Unsafe.AddByteOffset(ref image, left > 4 ? cursor.Next() : cursor.Offset);
            ref var pixel4 = ref Unsafe.AddByteOffset(ref image, left > 5 ? cursor.Next() : cursor.Offset);
            ref var pixel5 = ref Unsafe.AddByteOffset(ref image, left > 6 ? cursor.Next() : cursor.Offset);
            ref var pixel6 = ref Unsafe.AddByteOffset(ref image, left > 7 ? cursor.Next() : cursor.Offset);
            ref var pixel7 = ref Unsafe.AddByteOffset(ref image, left > 8 ? cursor.Next() : cursor.Offset);
            ref var weights = ref panelWeights;
            var sum0 = Vector256.LoadUnsafe(ref bias);
            var (sum1, sum2, sum3, sum4, sum5, sum6, sum7) = (sum0, sum0, sum0, sum0, sum0, sum0, sum0);
            foreach (var segment in segments)
            {
                var end = segment + segmentBytes;
                for (nint i = segment; i < end; i += 2 * sizeof(short))
                {
                    var lanes = Vector256.LoadUnsafe(ref weights).AsInt16();
                    weights = ref Unsafe.Add(ref weights, 32);
                    sum0 = AvxTwo.Add(sum0, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel0, i), lanes));
                    sum1 = AvxTwo.Add(sum1, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel1, i), lanes));
                    sum2 = AvxTwo.Add(sum2, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel2, i), lanes));
                    sum3 = AvxTwo.Add(sum3, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel3, i), lanes));
                    sum4 = AvxTwo.Add(sum4, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel4, i), lanes));
                    sum5 = AvxTwo.Add(sum5, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel5, i), lanes));
                    sum6 = AvxTwo.Add(sum6, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel6, i), lanes));
                    sum7 = AvxTwo.Add(sum7, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel7, i), lanes));
                }
            }

            sum0.StoreUnsafe(ref first);
            sum1.StoreUnsafe(ref first, 8);
            sum2.StoreUnsafe(ref first, 16);
            sum3.StoreUnsafe(ref first, 24);
            sum4.StoreUnsafe(ref first, 32);
            sum5.StoreUnsafe(ref first, 40);
            sum6.StoreUnsafe(ref first, 48);
            sum7.StoreUnsafe(ref first, 56);
            var rows = Math.Min(left, NarrowRows);
            epilogue.StoreNarrow(ref sums, rows, Count(output, rows), parameters, output, step);
            output += NarrowRows * step;
        }

        if (left == 1)
        {
            ref var pixel = ref Unsafe.AddByteOffset(ref image, cursor.Offset);
            ref var weights = ref panelWeights;
            var sum = Vector256.LoadUnsafe(ref bias);
            foreach (var segment in segments)
            {
                var end = segment + segmentBytes;
                for (nint i = segment; i < end; i += 2 * sizeof(short))
                {
                    sum = AvxTwo.Add(sum, AvxTwo.MultiplyAddAdjacent(Broadcast(ref pixel, i), Vector256.LoadUnsafe(ref weights).AsInt16()));
                    weights = ref Unsafe.Add(ref weights, 32);
                }
            }

            sum.StoreUnsafe(ref first);
            epilogue.StoreNarrow(ref sums, 1, Count(output, 1), parameters, output, step);
        }
    }

    /// <summary>How many channels of pixels that begin at an element are stored: all lanes, where that does no harm.</summary>
    private int Count(nint output, int rows) =>
        output + ((rows - 1) * (nint)outputChannels) + panel.Lanes <= wholeStoresEnd ? panel.Lanes : panel.Channels;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Broadcast(ref byte pixel, nint offset) =>
        Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.AddByteOffset(ref pixel, offset))).AsInt16();
}
