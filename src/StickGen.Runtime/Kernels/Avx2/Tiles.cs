using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// The inner loops: four pixels times 16 lanes of a panel in registers, or eight times 8. Four inputs are broadcast to all lanes. Where
/// that is exact they are multiplied as bytes, added in pairs to 16 bits (<c>vpmaddubsw</c>), then to 32 (<c>vpmaddwd</c> with
/// ones); the other quads are taken apart into even and odd inputs of 16 bits, which <c>vpmaddwd</c> multiplies.
/// </summary>
internal readonly ref struct Tiles : ITiles
{
    private const int WideRows = 4;
    private const int NarrowRows = 8;

    private readonly PanelWork work;

    private Tiles(in PanelWork work) => this.work = work;

    public static bool IsExact => false;

    public static int[] PixelOffsets(in PixelGrid largest) => [];

    public static void Run<TEpilogue>(in PanelWork work, TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        var tiles = new Tiles(work);
        if (work.Panel.Lanes == PackedPanels.WideLanes)
            tiles.RunWide(epilogue, output);
        else
            tiles.RunNarrow(epilogue, output);
    }

    /// <summary>A panel of 16 lanes.</summary>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunWide<TEpilogue>(TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        ref var image = ref MemoryMarshal.GetReference(work.Image);
        ref var panelWeights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(work.Panels.Weights), work.Panel.Weights);
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(work.Panels.Bias), work.Panel.Parameters);
        ref var firstOffset = ref MemoryMarshal.GetReference(work.Offsets);
        ref var firstUnsafe = ref Unsafe.Add(ref firstOffset, work.Panel.SafeQuads);
        ref var endOffset = ref Unsafe.Add(ref firstOffset, work.Offsets.Length);
        var (parameters, step) = (work.Panel.Parameters, (nint)work.OutputChannels);
        var ones = Vector256.Create((short)1);
        Unsafe.SkipInit(out TileSums sums);
        ref var first = ref TileSums.First(ref sums);
        var cursor = new PixelCursor(work.Pixels);
        output += work.Panel.FirstChannel;

        var left = work.Pixels.Count;
        for (; left > 1; left -= WideRows)
        {
            cursor.Next(left, out var offset0, out var offset1, out var offset2, out var offset3);
            ref var pixel0 = ref Unsafe.AddByteOffset(ref image, offset0);
            ref var pixel1 = ref Unsafe.AddByteOffset(ref image, offset1);
            ref var pixel2 = ref Unsafe.AddByteOffset(ref image, offset2);
            ref var pixel3 = ref Unsafe.AddByteOffset(ref image, offset3);
            ref var weights = ref panelWeights;
            ref var offset = ref firstOffset;
            var sum00 = Vector256.LoadUnsafe(ref bias);
            var sum01 = Vector256.LoadUnsafe(ref bias, 8);
            var (sum10, sum11, sum20, sum21, sum30, sum31) = (sum00, sum01, sum00, sum01, sum00, sum01);
            for (; Unsafe.IsAddressLessThan(ref offset, ref firstUnsafe); offset = ref Unsafe.Add(ref offset, 1))
            {
                nint i = offset;
                var weights0 = Vector256.LoadUnsafe(ref weights).AsSByte();
                var weights1 = Vector256.LoadUnsafe(ref weights, 32).AsSByte();
                weights = ref Unsafe.Add(ref weights, 64);
                var inputs = Broadcast(ref pixel0, i);
                sum00 = AvxTwo.Add(sum00, Multiply(inputs, weights0, ones));
                sum01 = AvxTwo.Add(sum01, Multiply(inputs, weights1, ones));
                inputs = Broadcast(ref pixel1, i);
                sum10 = AvxTwo.Add(sum10, Multiply(inputs, weights0, ones));
                sum11 = AvxTwo.Add(sum11, Multiply(inputs, weights1, ones));
                inputs = Broadcast(ref pixel2, i);
                sum20 = AvxTwo.Add(sum20, Multiply(inputs, weights0, ones));
                sum21 = AvxTwo.Add(sum21, Multiply(inputs, weights1, ones));
                inputs = Broadcast(ref pixel3, i);
                sum30 = AvxTwo.Add(sum30, Multiply(inputs, weights0, ones));
                sum31 = AvxTwo.Add(sum31, Multiply(inputs, weights1, ones));
            }

            for (; Unsafe.IsAddressLessThan(ref offset, ref endOffset); offset = ref Unsafe.Add(ref offset, 1))
            {
                nint i = offset;
                var halves0 = Vector256.LoadUnsafe(ref weights).AsInt16();
                var halves1 = Vector256.LoadUnsafe(ref weights, 32).AsInt16();
                var inputs = Even(Broadcast(ref pixel0, i));
                sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                inputs = Even(Broadcast(ref pixel1, i));
                sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                inputs = Even(Broadcast(ref pixel2, i));
                sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                inputs = Even(Broadcast(ref pixel3, i));
                sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                halves0 = Vector256.LoadUnsafe(ref weights, 64).AsInt16();
                halves1 = Vector256.LoadUnsafe(ref weights, 96).AsInt16();
                inputs = Odd(Broadcast(ref pixel0, i));
                sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                inputs = Odd(Broadcast(ref pixel1, i));
                sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                inputs = Odd(Broadcast(ref pixel2, i));
                sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                inputs = Odd(Broadcast(ref pixel3, i));
                sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(inputs, halves0));
                sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(inputs, halves1));
                weights = ref Unsafe.Add(ref weights, 128);
            }

            var rows = Math.Min(left, WideRows);
            var count = work.Stored(output, rows);
            if (rows == WideRows && count == PackedPanels.WideLanes && epilogue.StoresRegisters)
            {
                epilogue.StorePair(sum00, sum01, sum10, sum11, parameters, output, step);
                epilogue.StorePair(sum20, sum21, sum30, sum31, parameters, output + (2 * step), step);
            }
            else
            {
                sum00.StoreUnsafe(ref first);
                sum01.StoreUnsafe(ref first, 8);
                sum10.StoreUnsafe(ref first, 16);
                sum11.StoreUnsafe(ref first, 24);
                sum20.StoreUnsafe(ref first, 32);
                sum21.StoreUnsafe(ref first, 40);
                sum30.StoreUnsafe(ref first, 48);
                sum31.StoreUnsafe(ref first, 56);
                epilogue.StoreWide(ref sums, rows, count, parameters, output, step);
            }

            output += WideRows * step;
        }

        if (left == 1)
        {
            RunPixel(ref Unsafe.AddByteOffset(ref image, cursor.Offset), ref first);
            epilogue.StoreWide(ref sums, 1, work.Stored(output, 1), parameters, output, step);
        }
    }

    /// <summary>A panel of 8 lanes.</summary>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunNarrow<TEpilogue>(TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        ref var image = ref MemoryMarshal.GetReference(work.Image);
        ref var panelWeights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(work.Panels.Weights), work.Panel.Weights);
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(work.Panels.Bias), work.Panel.Parameters);
        ref var firstOffset = ref MemoryMarshal.GetReference(work.Offsets);
        ref var firstUnsafe = ref Unsafe.Add(ref firstOffset, work.Panel.SafeQuads);
        ref var endOffset = ref Unsafe.Add(ref firstOffset, work.Offsets.Length);
        var (parameters, step) = (work.Panel.Parameters, (nint)work.OutputChannels);
        var ones = Vector256.Create((short)1);
        Unsafe.SkipInit(out TileSums sums);
        ref var first = ref TileSums.First(ref sums);
        var cursor = new PixelCursor(work.Pixels);
        output += work.Panel.FirstChannel;

        var left = work.Pixels.Count;
        for (; left > 1; left -= NarrowRows)
        {
            cursor.Next(left, out var offset0, out var offset1, out var offset2, out var offset3);
            cursor.Next(left - 4, out var offset4, out var offset5, out var offset6, out var offset7);
            ref var pixel0 = ref Unsafe.AddByteOffset(ref image, offset0);
            ref var pixel1 = ref Unsafe.AddByteOffset(ref image, offset1);
            ref var pixel2 = ref Unsafe.AddByteOffset(ref image, offset2);
            ref var pixel3 = ref Unsafe.AddByteOffset(ref image, offset3);
            ref var pixel4 = ref Unsafe.AddByteOffset(ref image, offset4);
            ref var pixel5 = ref Unsafe.AddByteOffset(ref image, offset5);
            ref var pixel6 = ref Unsafe.AddByteOffset(ref image, offset6);
            ref var pixel7 = ref Unsafe.AddByteOffset(ref image, offset7);
            ref var weights = ref panelWeights;
            ref var offset = ref firstOffset;
            var sum0 = Vector256.LoadUnsafe(ref bias);
            var (sum1, sum2, sum3, sum4, sum5, sum6, sum7) = (sum0, sum0, sum0, sum0, sum0, sum0, sum0);
            for (; Unsafe.IsAddressLessThan(ref offset, ref firstUnsafe); offset = ref Unsafe.Add(ref offset, 1))
            {
                nint i = offset;
                var lanes = Vector256.LoadUnsafe(ref weights).AsSByte();
                weights = ref Unsafe.Add(ref weights, 32);
                sum0 = AvxTwo.Add(sum0, Multiply(Broadcast(ref pixel0, i), lanes, ones));
                sum1 = AvxTwo.Add(sum1, Multiply(Broadcast(ref pixel1, i), lanes, ones));
                sum2 = AvxTwo.Add(sum2, Multiply(Broadcast(ref pixel2, i), lanes, ones));
                sum3 = AvxTwo.Add(sum3, Multiply(Broadcast(ref pixel3, i), lanes, ones));
                sum4 = AvxTwo.Add(sum4, Multiply(Broadcast(ref pixel4, i), lanes, ones));
                sum5 = AvxTwo.Add(sum5, Multiply(Broadcast(ref pixel5, i), lanes, ones));
                sum6 = AvxTwo.Add(sum6, Multiply(Broadcast(ref pixel6, i), lanes, ones));
                sum7 = AvxTwo.Add(sum7, Multiply(Broadcast(ref pixel7, i), lanes, ones));
            }

            for (; Unsafe.IsAddressLessThan(ref offset, ref endOffset); offset = ref Unsafe.Add(ref offset, 1))
            {
                nint i = offset;
                var even = Vector256.LoadUnsafe(ref weights).AsInt16();
                var odd = Vector256.LoadUnsafe(ref weights, 32).AsInt16();
                weights = ref Unsafe.Add(ref weights, 64);
                var inputs = Broadcast(ref pixel0, i);
                sum0 = AvxTwo.Add(sum0, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel1, i);
                sum1 = AvxTwo.Add(sum1, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel2, i);
                sum2 = AvxTwo.Add(sum2, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel3, i);
                sum3 = AvxTwo.Add(sum3, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel4, i);
                sum4 = AvxTwo.Add(sum4, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel5, i);
                sum5 = AvxTwo.Add(sum5, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel6, i);
                sum6 = AvxTwo.Add(sum6, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
                inputs = Broadcast(ref pixel7, i);
                sum7 = AvxTwo.Add(sum7, AvxTwo.Add(AvxTwo.MultiplyAddAdjacent(Even(inputs), even), AvxTwo.MultiplyAddAdjacent(Odd(inputs), odd)));
            }

            var rows = Math.Min(left, NarrowRows);
            var count = work.Stored(output, rows);
            if (rows == NarrowRows && count == PackedPanels.NarrowLanes && epilogue.StoresRegisters)
            {
                epilogue.StoreFour(sum0, sum1, sum2, sum3, parameters, output, step);
                epilogue.StoreFour(sum4, sum5, sum6, sum7, parameters, output + (4 * step), step);
            }
            else
            {
                sum0.StoreUnsafe(ref first);
                sum1.StoreUnsafe(ref first, 8);
                sum2.StoreUnsafe(ref first, 16);
                sum3.StoreUnsafe(ref first, 24);
                sum4.StoreUnsafe(ref first, 32);
                sum5.StoreUnsafe(ref first, 40);
                sum6.StoreUnsafe(ref first, 48);
                sum7.StoreUnsafe(ref first, 56);
                epilogue.StoreNarrow(ref sums, rows, count, parameters, output, step);
            }

            output += NarrowRows * step;
        }

        if (left == 1)
        {
            RunPixel(ref Unsafe.AddByteOffset(ref image, cursor.Offset), ref first);
            epilogue.StoreNarrow(ref sums, 1, work.Stored(output, 1), parameters, output, step);
        }
    }

    /// <summary>
    /// One pixel, as what is left after the tiles, and in a linear layer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPixel(ref byte pixel, ref int sums)
    {
        ref var weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(work.Panels.Weights), work.Panel.Weights);
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(work.Panels.Bias), work.Panel.Parameters);
        ref var offset = ref MemoryMarshal.GetReference(work.Offsets);
        ref var firstUnsafe = ref Unsafe.Add(ref offset, work.Panel.SafeQuads);
        ref var endOffset = ref Unsafe.Add(ref offset, work.Offsets.Length);
        var ones = Vector256.Create((short)1);
        var sum0 = Vector256.LoadUnsafe(ref bias);
        if (work.Panel.Lanes == PackedPanels.NarrowLanes)
        {
            var other = Vector256<int>.Zero;
            for (; Unsafe.IsAddressLessThan(ref offset, ref firstUnsafe); offset = ref Unsafe.Add(ref offset, 1))
            {
                sum0 = AvxTwo.Add(sum0, Multiply(Broadcast(ref pixel, offset), Vector256.LoadUnsafe(ref weights).AsSByte(), ones));
                weights = ref Unsafe.Add(ref weights, 32);
            }

            for (; Unsafe.IsAddressLessThan(ref offset, ref endOffset); offset = ref Unsafe.Add(ref offset, 1))
            {
                var inputs = Broadcast(ref pixel, offset);
                sum0 = AvxTwo.Add(sum0, AvxTwo.MultiplyAddAdjacent(Even(inputs), Vector256.LoadUnsafe(ref weights).AsInt16()));
                other = AvxTwo.Add(other, AvxTwo.MultiplyAddAdjacent(Odd(inputs), Vector256.LoadUnsafe(ref weights, 32).AsInt16()));
                weights = ref Unsafe.Add(ref weights, 64);
            }

            AvxTwo.Add(sum0, other).StoreUnsafe(ref sums);
            return;
        }

        var sum1 = Vector256.LoadUnsafe(ref bias, 8);
        var (other0, other1) = (Vector256<int>.Zero, Vector256<int>.Zero);
        for (; Unsafe.IsAddressLessThan(ref offset, ref firstUnsafe); offset = ref Unsafe.Add(ref offset, 1))
        {
            var inputs = Broadcast(ref pixel, offset);
            sum0 = AvxTwo.Add(sum0, Multiply(inputs, Vector256.LoadUnsafe(ref weights).AsSByte(), ones));
            sum1 = AvxTwo.Add(sum1, Multiply(inputs, Vector256.LoadUnsafe(ref weights, 32).AsSByte(), ones));
            weights = ref Unsafe.Add(ref weights, 64);
        }

        for (; Unsafe.IsAddressLessThan(ref offset, ref endOffset); offset = ref Unsafe.Add(ref offset, 1))
        {
            var inputs = Broadcast(ref pixel, offset);
            var (even, odd) = (Even(inputs), Odd(inputs));
            sum0 = AvxTwo.Add(sum0, AvxTwo.MultiplyAddAdjacent(even, Vector256.LoadUnsafe(ref weights).AsInt16()));
            sum1 = AvxTwo.Add(sum1, AvxTwo.MultiplyAddAdjacent(even, Vector256.LoadUnsafe(ref weights, 32).AsInt16()));
            other0 = AvxTwo.Add(other0, AvxTwo.MultiplyAddAdjacent(odd, Vector256.LoadUnsafe(ref weights, 64).AsInt16()));
            other1 = AvxTwo.Add(other1, AvxTwo.MultiplyAddAdjacent(odd, Vector256.LoadUnsafe(ref weights, 96).AsInt16()));
            weights = ref Unsafe.Add(ref weights, 128);
        }

        AvxTwo.Add(sum0, other0).StoreUnsafe(ref sums);
        AvxTwo.Add(sum1, other1).StoreUnsafe(ref sums, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Broadcast(ref byte pixel, nint offset) =>
        Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.AddByteOffset(ref pixel, offset))).AsByte();

    /// <summary>The sums of four products for each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Multiply(Vector256<byte> inputs, Vector256<sbyte> weights, Vector256<short> ones) =>
        AvxTwo.MultiplyAddAdjacent(AvxTwo.MultiplyAddAdjacent(inputs, weights), ones);

    /// <summary>The first and third of each four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Even(Vector256<byte> inputs) => AvxTwo.And(inputs.AsInt16(), Vector256.Create((short)0xFF));

    /// <summary>The second and fourth of each four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Odd(Vector256<byte> inputs) => AvxTwo.ShiftRightLogical(inputs.AsInt16(), 8);
}
