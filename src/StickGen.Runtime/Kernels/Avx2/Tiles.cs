using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// The inner loops: four pixels times the lanes of a panel in registers. A pair of inputs is broadcast to all lanes,
/// multiplied by the lanes' pairs of weights, and added.
/// </summary>
internal readonly ref struct Tiles
{
    private const int Rows = 4;

    private readonly ref byte image;
    private readonly ReadOnlySpan<int> segments;
    private readonly PackedPanels panels;
    private readonly Panel panel;
    private readonly PixelGrid pixels;
    private readonly int outputChannels;

    public Tiles(
        Span<short> image, ReadOnlySpan<int> segments, PackedPanels panels, in Panel panel, in PixelGrid pixels, int outputChannels)
    {
        this.image = ref Unsafe.As<short, byte>(ref MemoryMarshal.GetReference(image));
        this.segments = segments;
        (this.panels, this.panel, this.pixels, this.outputChannels) = (panels, panel, pixels, outputChannels);
    }

    /// <summary>A panel of 16 lanes.</summary>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void RunWide<TEpilogue>(TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        ref var image = ref this.image;
        ref var panelWeights = ref Unsafe.As<short, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Weights), panel.Weights));
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Bias), panel.Parameters);
        var segments = this.segments;
        nint segmentBytes = panels.Pairs * 2 * sizeof(short);
        var (channels, parameters, step) = (panel.Channels, panel.Parameters, (nint)outputChannels);
        var cursor = new PixelCursor(pixels);
        output += panel.FirstChannel;

        var left = pixels.Count;
        for (; left > 1; left -= Rows)
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

            epilogue.Store(sum00, sum01, parameters, channels, output);
            epilogue.Store(sum10, sum11, parameters, channels, output + step);
            if (left > 2)
                epilogue.Store(sum20, sum21, parameters, channels, output + (2 * step));
            if (left > 3)
                epilogue.Store(sum30, sum31, parameters, channels, output + (3 * step));
            output += Rows * step;
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

            epilogue.Store(sum0, sum1, parameters, channels, output);
        }
    }

    /// <summary>A panel of 8 lanes.</summary>
    /// <param name="epilogue">What becomes of the accumulators.</param>
    /// <param name="output">The index of the first pixel's first channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void RunNarrow<TEpilogue>(TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        ref var image = ref this.image;
        ref var panelWeights = ref Unsafe.As<short, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Weights), panel.Weights));
        ref var bias = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels.Bias), panel.Parameters);
        var segments = this.segments;
        nint segmentBytes = panels.Pairs * 2 * sizeof(short);
        var (channels, parameters, step) = (panel.Channels, panel.Parameters, (nint)outputChannels);
        var cursor = new PixelCursor(pixels);
        output += panel.FirstChannel;

        for (var left = pixels.Count; left > 0; left -= Rows)
        {
            ref var pixel0 = ref Unsafe.AddByteOffset(ref image, left > 1 ? cursor.Next() : cursor.Offset);
            ref var pixel1 = ref Unsafe.AddByteOffset(ref image, left > 2 ? cursor.Next() : cursor.Offset);
            ref var pixel2 = ref Unsafe.AddByteOffset(ref image, left > 3 ? cursor.Next() : cursor.Offset);
            ref var pixel3 = ref Unsafe.AddByteOffset(ref image, left > 4 ? cursor.Next() : cursor.Offset);
            ref var weights = ref panelWeights;
            var sum0 = Vector256.LoadUnsafe(ref bias);
            var (sum1, sum2, sum3) = (sum0, sum0, sum0);
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
                }
            }

            epilogue.Store(sum0, parameters, channels, output);
            if (left > 1)
                epilogue.Store(sum1, parameters, channels, output + step);
            if (left > 2)
                epilogue.Store(sum2, parameters, channels, output + (2 * step));
            if (left > 3)
                epilogue.Store(sum3, parameters, channels, output + (3 * step));
            output += Rows * step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Broadcast(ref byte pixel, nint offset) =>
        Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.AddByteOffset(ref pixel, offset))).AsInt16();
}
