using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Depthwise 3×3 convolution to bytes, the most frequent one: 16 channels of an output pixel stay in registers from the nine taps to the bytes.
/// Two taps are interleaved, multiplied by their interleaved weights, and added in pairs; the ninth is paired with itself and a weight of 0.
/// </summary>
internal sealed class Depthwise3x3 : IConvolution
{
    private const int Lanes = 16;
    private const int Half = 8;
    private const int Pairs = 5;

    private readonly ConvolutionDefinition definition;
    private readonly IntegerRange range;

    /// <summary>[16 channels, pair of taps, half, 8 channels of the half, 2].</summary>
    private readonly short[] weights;

    /// <summary>[16 channels, half, 8 channels of the half].</summary>
    private readonly int[] bias;
    private readonly float[] factors;

    /// <summary>Computes two rows at once, where that is possible.</summary>
    private readonly DepthwiseRowPair? rowPair;

    public Depthwise3x3(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored)
    {
        this.definition = definition;
        range = ((RequantizedOutput)definition.Output).Range;
        var blocks = (definition.OutputChannels + Lanes - 1) / Lanes;
        weights = new short[checked(blocks * Pairs * 2 * Lanes)];
        bias = new int[blocks * Lanes];
        factors = new float[blocks * Lanes];
        for (var channel = 0; channel < definition.OutputChannels; channel++)
        {
            var (block, lane) = Math.DivRem(channel, Lanes);
            var place = Place(lane);
            var taps = stored.Slice(channel * 9, 9);
            var sum = 0;
            for (var tap = 0; tap < taps.Length; tap++)
            {
                weights[(((((block * Pairs) + (tap / 2)) * Lanes) + place) * 2) + (tap % 2)] = taps[tap];
                sum += taps[tap];
            }

            bias[(block * Lanes) + place] = unchecked(definition.Bias[channel] - (definition.InputZeroPoint * sum));
            factors[(block * Lanes) + place] = definition.Output.Factors[channel];
        }

        if (DepthwiseRowPair.Suits(definition))
            rowPair = new(definition, stored, bias, factors);
    }

    /// <summary>
    /// Where a channel of a block comes to lie. Interleaving works within halves of 128 bits: the low results have lanes 0–3 and 8–11, the high
    /// ones the rest. Packing them to bytes puts them in order again.
    /// </summary>
    internal static int Place(int lane) => ((lane & 4) << 1) | ((lane & 8) >> 1) | (lane & 3);

    /// <summary>Whether it computes a depthwise convolution.</summary>
    public static bool Suits(ConvolutionDefinition definition) =>
        definition.Output is RequantizedOutput && definition.Window is { Kernel: { Height: 3, Width: 3 }, Dilation: { Height: 1, Width: 1 } };

    public IBoundConvolution Bind(in ConvolutionGeometry geometry) => new Bound(this, geometry);

    /// <summary>Sixteen channels of some pixels of a row. Of each pixel 16 bytes are stored.</summary>
    /// <param name="block">Which channels.</param>
    /// <param name="first">The first tap of the first pixel.</param>
    /// <param name="rowBytes">From a row of taps to the next.</param>
    /// <param name="pixelBytes">From a pixel to the next.</param>
    /// <param name="target">The first pixel's first channel.</param>
    /// <param name="count">Of pixels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunRow(int block, ref byte first, nint rowBytes, nint pixelBytes, ref byte target, int count)
    {
        nint channels = definition.OutputChannels;
        ref var pairs = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights), block * Pairs * 2 * Lanes);
        var biasLow = Vector256.LoadUnsafe(ref bias[block * Lanes]);
        var biasHigh = Vector256.LoadUnsafe(ref bias[block * Lanes], Half);
        var factorsLow = Vector256.LoadUnsafe(ref factors[block * Lanes]);
        var factorsHigh = Vector256.LoadUnsafe(ref factors[block * Lanes], Half);
        var requantizer = new Requantizer(range);
        for (; count > 0; count--)
        {
            ref var second = ref Unsafe.Add(ref first, rowBytes);
            ref var third = ref Unsafe.Add(ref second, rowBytes);
            var (low, high) = (biasLow, biasHigh);
            Add(Tap(ref first), Tap(ref Unsafe.Add(ref first, channels)), ref pairs, ref low, ref high);
            Add(Tap(ref Unsafe.Add(ref first, channels * 2)), Tap(ref second), ref Unsafe.Add(ref pairs, 2 * Lanes), ref low, ref high);
            Add(Tap(ref Unsafe.Add(ref second, channels)), Tap(ref Unsafe.Add(ref second, channels * 2)), ref Unsafe.Add(ref pairs, 4 * Lanes), ref low, ref high);
            Add(Tap(ref third), Tap(ref Unsafe.Add(ref third, channels)), ref Unsafe.Add(ref pairs, 6 * Lanes), ref low, ref high);
            var last = Tap(ref Unsafe.Add(ref third, channels * 2));
            Add(last, last, ref Unsafe.Add(ref pairs, 8 * Lanes), ref low, ref high);
            requantizer.InterleavedToBytes(low, high, factorsLow, factorsHigh).StoreUnsafe(ref target);
            first = ref Unsafe.Add(ref first, pixelBytes);
            target = ref Unsafe.Add(ref target, channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Tap(ref byte source) => AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<short> even, Vector256<short> odd, ref short weights, ref Vector256<int> low, ref Vector256<int> high)
    {
        low = AvxTwo.Add(low, AvxTwo.MultiplyAddAdjacent(AvxTwo.UnpackLow(even, odd), Vector256.LoadUnsafe(ref weights)));
        high = AvxTwo.Add(high, AvxTwo.MultiplyAddAdjacent(AvxTwo.UnpackHigh(even, odd), Vector256.LoadUnsafe(ref weights, Lanes)));
    }

    private sealed class Bound : IBoundConvolution
    {
        /// <summary>A part is to have at least this many outputs.</summary>
        private const long WorthAPart = 1 << 14;

        private readonly Depthwise3x3 convolution;
        private readonly ConvolutionGeometry geometry;
        private readonly PaddedImage padded;

        public Bound(Depthwise3x3 convolution, in ConvolutionGeometry geometry)
        {
            (this.convolution, this.geometry) = (convolution, geometry);
            padded = new(convolution.definition, geometry, readsBeyond: convolution.definition.OutputChannels % Lanes != 0);
        }

        public long ScratchBytes => padded.ScratchBytes;

        public int Parts(int threads)
        {
            var outputs = (long)geometry.Images * geometry.OutputHeight * geometry.OutputWidth * convolution.definition.OutputChannels;
            return (int)Math.Clamp(outputs / WorthAPart, 1, Math.Min(threads, Math.Max(geometry.OutputHeight, 1)));
        }

        public void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, Part part)
        {
            var definition = convolution.definition;
            var channels = definition.OutputChannels;
            var imageBytes = geometry.Height * geometry.Width * channels;
            var outputRow = geometry.OutputWidth * channels;
            var (first, end) = part.Of(geometry.OutputHeight);
            for (var n = 0; n < geometry.Images; n++)
            {
                for (var row = first; row < end; row += padded.BandRows)
                {
                    var rows = Math.Min(padded.BandRows, end - row);
                    var band = padded.Band(source.Slice(n * imageBytes, imageBytes), row, rows, scratch);
                    for (var y = 0; y < rows; y++)
                    {
                        var place = ((n * geometry.OutputHeight) + row + y) * outputRow;
                        var taps = band[(int)(y * definition.Window.Stride.Height * padded.RowBytes)..];
                        if (convolution.rowPair is null || y == rows - 1)
                        {
                            RunRow(taps, target.Slice(place, outputRow), firstBlock: 0);
                            continue;
                        }

                        RunRows(convolution.rowPair, taps, target.Slice(place, outputRow * 2));
                        y++;
                    }
                }
            }
        }

        private void RunRows(DepthwiseRowPair pair, ReadOnlySpan<byte> source, Span<byte> target)
        {
            var channels = convolution.definition.OutputChannels;
            var outputRow = target.Length / 2;
            var blocks = channels / Lanes;
            if (channels % Lanes > 0)
            {
                RunRow(source, target[..outputRow], blocks);
                RunRow(source[(int)padded.RowBytes..], target[outputRow..], blocks);
            }

            for (var block = 0; block < blocks; block++)
            {
                pair.Run(
                    block,
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(source), block * Lanes),
                    (nint)padded.RowBytes,
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(target), block * Lanes),
                    outputRow,
                    geometry.OutputWidth);
            }
        }

        /// <summary>The blocks of channels from one on.</summary>
        private void RunRow(ReadOnlySpan<byte> source, Span<byte> target, int firstBlock)
        {
            var channels = convolution.definition.OutputChannels;
            var pixelBytes = (nint)convolution.definition.Window.Stride.Width * channels;
            var rowBytes = (nint)padded.RowBytes;
            ref var from = ref MemoryMarshal.GetReference(source);
            ref var to = ref MemoryMarshal.GetReference(target);
            var (blocks, rest) = Math.DivRem(channels, Lanes);
            if (rest > 0)
            {
                // What is stored beyond the channels is overwritten by the next pixel, or below. The last pixels must not do it.
                var channel = blocks * Lanes;
                var whole = Math.Max(0, (target.Length - channel - Lanes + channels) / channels);
                convolution.RunRow(blocks, ref Unsafe.Add(ref from, channel), rowBytes, pixelBytes, ref Unsafe.Add(ref to, channel), whole);
                Span<byte> bytes = stackalloc byte[Lanes];
                for (var pixel = whole; pixel < geometry.OutputWidth; pixel++)
                {
                    convolution.RunRow(blocks, ref Unsafe.Add(ref from, (pixel * pixelBytes) + channel), rowBytes, pixelBytes, ref bytes[0], 1);
                    bytes[..rest].CopyTo(target[((pixel * channels) + channel)..]);
                }
            }

            for (var block = firstBlock; block < blocks; block++)
            {
                nint channel = block * Lanes;
                convolution.RunRow(block, ref Unsafe.Add(ref from, channel), rowBytes, pixelBytes, ref Unsafe.Add(ref to, channel), geometry.OutputWidth);
            }
        }
    }
}
