using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Operations;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Depthwise convolution over a <see cref="WideImage"/>: lanes are channels. Two taps are interleaved, multiplied by their
/// interleaved weights, and added in pairs. An odd last tap is paired with itself and a weight of 0.
/// </summary>
internal sealed class DepthwiseConvolution : IConvolution
{
    private const int Lanes = 16;

    private readonly ConvolutionDefinition definition;
    private readonly int tapPairs;

    /// <summary>[16 channels, pair of taps, half, 8 channels of the half, 2].</summary>
    private readonly short[] weights;
    private readonly int[] bias;
    private readonly float[] factors;

    public DepthwiseConvolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored)
    {
        this.definition = definition;
        var kernel = definition.Window.Kernel;
        var taps = kernel.Height * kernel.Width;
        tapPairs = (taps + 1) / 2;
        var lanes = (definition.OutputChannels + Lanes - 1) / Lanes * Lanes;
        weights = new short[checked(lanes * tapPairs * 2)];
        bias = new int[lanes];
        factors = new float[lanes];
        for (var channel = 0; channel < definition.OutputChannels; channel++)
        {
            var (block, lane) = Math.DivRem(channel, Lanes);
            // Interleaving works within halves of 128 bits: the low results have lanes 0–3 and 8–11, the high ones the rest.
            var place = ((lane & 4) << 1) | ((lane & 8) >> 1) | (lane & 3);
            var sum = 0;
            for (var tap = 0; tap < taps; tap++)
            {
                var weight = stored[(channel * taps) + tap];
                weights[(((((block * tapPairs) + (tap / 2)) * Lanes) + place) * 2) + (tap % 2)] = weight;
                sum += weight;
            }

            bias[channel] = unchecked(definition.Bias[channel] - (definition.InputZeroPoint * sum));
            factors[channel] = definition.Output.Factors[channel];
        }
    }

    private long OffsetBytes => ((tapPairs * 2L * sizeof(int)) + 63) / 64 * 64;

    public IBoundConvolution Bind(in ConvolutionGeometry geometry) => new Bound(this, geometry);

    private sealed class Bound(DepthwiseConvolution convolution, ConvolutionGeometry geometry) : IBoundConvolution
    {
        public long ScratchBytes => convolution.OffsetBytes + new WideImage(convolution.definition, geometry).Bytes;

        public int Parts(int threads) => 1;

        public void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, Part part) =>
            convolution.Run(source, target, scratch, geometry);
    }

    private void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, in ConvolutionGeometry geometry)
    {
        switch (definition.Output)
        {
            case RequantizedOutput output:
                Run(source, new ByteEpilogue(target, factors, output.Range), scratch, geometry);
                break;
            case FloatOutput output:
                Run(source, new FloatEpilogue(target, factors, output.Activation), scratch, geometry);
                break;
        }
    }

    private void Run<TEpilogue>(ReadOnlySpan<byte> source, TEpilogue epilogue, Span<byte> scratch, in ConvolutionGeometry geometry)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        var wide = new WideImage(definition, geometry);
        var offsets = MemoryMarshal.Cast<byte, int>(scratch)[..(tapPairs * 2)];
        var band = MemoryMarshal.Cast<byte, short>(scratch[(int)OffsetBytes..]);
        FindTaps(offsets, wide.RowElements);

        var channels = definition.OutputChannels;
        var imageBytes = geometry.Height * geometry.Width * channels;
        nint output = 0;
        for (var n = 0; n < geometry.Images; n++)
        {
            var image = source.Slice(n * imageBytes, imageBytes);
            for (var row = 0; row < geometry.OutputHeight; row += wide.BandRows)
            {
                var rows = Math.Min(wide.BandRows, geometry.OutputHeight - row);
                wide.Fill(image, row, rows, band);
                var pixels = new PixelGrid(
                    rows * geometry.OutputWidth,
                    geometry.OutputWidth,
                    (nint)wide.RowElements * definition.Window.Stride.Height * sizeof(short),
                    definition.Window.Stride.Width * channels * sizeof(short));
                RunBand(band, offsets, pixels, epilogue, output);
                output += (nint)pixels.Count * channels;
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBand<TEpilogue>(
        Span<short> band, ReadOnlySpan<int> offsets, in PixelGrid pixels, TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        var channels = definition.OutputChannels;
        ref var image = ref Unsafe.As<short, byte>(ref MemoryMarshal.GetReference(band));
        ref var biases = ref MemoryMarshal.GetArrayDataReference(bias);
        var cursor = new PixelCursor(pixels);
        Unsafe.SkipInit(out TileSums sums);
        ref var first = ref TileSums.First(ref sums);
        for (var i = 0; i < pixels.Count; i++)
        {
            ref var pixel = ref Unsafe.AddByteOffset(ref image, cursor.Next());
            ref var pairs = ref MemoryMarshal.GetArrayDataReference(weights);
            for (var channel = 0; channel < channels; channel += Lanes)
            {
                ref var taps = ref Unsafe.Add(ref pixel, channel * sizeof(short));
                var (low, high) = (Vector256<int>.Zero, Vector256<int>.Zero);
                for (var tap = 0; tap < offsets.Length; tap += 2)
                {
                    var even = Vector256.LoadUnsafe(ref Unsafe.AddByteOffset(ref taps, (nint)offsets[tap])).AsInt16();
                    var odd = Vector256.LoadUnsafe(ref Unsafe.AddByteOffset(ref taps, (nint)offsets[tap + 1])).AsInt16();
                    low = AvxTwo.Add(low, AvxTwo.MultiplyAddAdjacent(AvxTwo.UnpackLow(even, odd), Vector256.LoadUnsafe(ref pairs)));
                    high = AvxTwo.Add(high, AvxTwo.MultiplyAddAdjacent(AvxTwo.UnpackHigh(even, odd), Vector256.LoadUnsafe(ref pairs, Lanes)));
                    pairs = ref Unsafe.Add(ref pairs, 2 * Lanes);
                }

                AvxTwo.Add(AvxTwo.Permute2x128(low, high, 0x20), Vector256.LoadUnsafe(ref biases, (nuint)channel)).StoreUnsafe(ref first);
                AvxTwo.Add(AvxTwo.Permute2x128(low, high, 0x31), Vector256.LoadUnsafe(ref biases, (nuint)channel + 8)).StoreUnsafe(ref first, 8);
                epilogue.StoreWide(ref sums, 1, Math.Min(channels - channel, Lanes), channel, output + channel, channels);
            }

            output += channels;
        }
    }

    /// <summary>Where each tap is, in bytes from the first.</summary>
    private void FindTaps(Span<int> offsets, long rowElements)
    {
        var window = definition.Window;
        var last = (window.Kernel.Height * window.Kernel.Width) - 1;
        for (var i = 0; i < offsets.Length; i++)
        {
            var (row, column) = Math.DivRem(Math.Min(i, last), window.Kernel.Width);
            offsets[i] = (int)((row * window.Dilation.Height * rowElements) + (column * (long)window.Dilation.Width * definition.InputChannels))
                * sizeof(short);
        }
    }
}
