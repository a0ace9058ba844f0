using System.Runtime.InteropServices;
using StickGen.Operations;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Convolution and linear as implicit matrix multiplication over a <see cref="WideImage"/>. The inputs of an output pixel
/// are segments of consecutive elements: a row of the kernel, or, with dilation or groups, a tap. They are taken two at a
/// time.
/// </summary>
internal sealed class DenseConvolution : IConvolution
{
    private readonly ConvolutionDefinition definition;
    private readonly PackedPanels panels;

    public DenseConvolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> weights)
    {
        this.definition = definition;
        panels = new(definition, weights);
    }

    public long ScratchBytes(in ConvolutionGeometry geometry) =>
        Align(panels.Segments * (long)sizeof(int)) + new WideImage(definition, geometry).Bytes;

    public void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, in ConvolutionGeometry geometry)
    {
        switch (definition.Output)
        {
            case RequantizedOutput output:
                Run(source, new ByteEpilogue(target, panels.Factors, output.Range), scratch, geometry);
                break;
            case FloatOutput output:
                Run(source, new FloatEpilogue(target, panels.Factors, output.Activation), scratch, geometry);
                break;
        }
    }

    private static long Align(long bytes) => (bytes + 63) / 64 * 64;

    private void Run<TEpilogue>(ReadOnlySpan<byte> source, TEpilogue epilogue, Span<byte> scratch, in ConvolutionGeometry geometry)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        var wide = new WideImage(definition, geometry);
        var segments = MemoryMarshal.Cast<byte, int>(scratch)[..panels.Segments];
        var band = MemoryMarshal.Cast<byte, short>(scratch[(int)Align(panels.Segments * sizeof(int))..]);
        FindSegments(segments, wide.RowElements);

        var imageBytes = geometry.Height * geometry.Width * definition.InputChannels;
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
                    definition.Window.Stride.Width * definition.InputChannels * sizeof(short));
                var end = output + ((nint)pixels.Count * definition.OutputChannels);
                for (var i = 0; i < panels.Items.Length; i++)
                {
                    // Without groups only the last panel can have fewer channels than lanes. It comes first, so that what its idle
                    // lanes store, in the next pixel, is overwritten.
                    ref readonly var panel = ref panels.Items[i == 0 ? panels.Items.Length - 1 : i - 1];
                    var tiles = new Tiles(
                        band[(panel.Group * definition.GroupInputs)..],
                        segments,
                        panels,
                        panel,
                        pixels,
                        definition.OutputChannels,
                        wholeStoresEnd: definition.Groups == 1 ? end : 0);
                    if (panel.Lanes == PackedPanels.WideLanes)
                        tiles.RunWide(epilogue, output);
                    else
                        tiles.RunNarrow(epilogue, output);
                }

                output = end;
            }
        }
    }

    /// <summary>Where each segment of the kernel begins, in bytes from the first.</summary>
    private void FindSegments(Span<int> segments, long rowElements)
    {
        var window = definition.Window;
        var columns = segments.Length / window.Kernel.Height;
        for (var i = 0; i < segments.Length; i++)
        {
            var (row, column) = Math.DivRem(i, columns);
            segments[i] = (int)((row * window.Dilation.Height * rowElements) + (column * (long)window.Dilation.Width * definition.InputChannels))
                * sizeof(short);
        }
    }
}
