namespace StickGen.Kernels.Avx2;

/// <summary>Convolution and linear as implicit matrix multiplication: each output pixel's inputs are found by adding offsets.</summary>
/// <typeparam name="TTiles">The inner loops.</typeparam>
/// <param name="definition">What is computed.</param>
/// <param name="weights">As stored.</param>
internal sealed class DenseConvolution<TTiles>(ConvolutionDefinition definition, ReadOnlySpan<sbyte> weights) : IConvolution
    where TTiles : ITiles, allows ref struct
{
    private readonly PackedPanels panels = new(definition, weights, TTiles.IsExact);

    public IBoundConvolution Bind(in ConvolutionGeometry geometry) => new Bound(definition, panels, geometry);

    private sealed class Bound : IBoundConvolution
    {
        /// <summary>A part is to have at least this many multiplications, or waking a thread costs more than it brings.</summary>
        private const long WorthAPart = 1 << 18;

        private readonly ConvolutionDefinition definition;
        private readonly PackedPanels panels;
        private readonly ConvolutionGeometry geometry;
        private readonly PaddedImage padded;

        /// <summary>For each quad of each panel, in bytes from the first input of a pixel; pinned.</summary>
        private readonly int[] offsets;

        /// <summary>For each pixel of a band where its inputs begin, if the tiles ask for it; pinned.</summary>
        private readonly int[] pixelOffsets;

        public Bound(ConvolutionDefinition definition, PackedPanels panels, in ConvolutionGeometry geometry)
        {
            (this.definition, this.panels, this.geometry) = (definition, panels, geometry);
            padded = new(definition, geometry, readsBeyond: panels.SegmentLength % 4 != 0);
            var dilation = definition.Window.Dilation;
            var rowBytes = padded.RowBytes;
            offsets = GC.AllocateUninitializedArray<int>(panels.Quads.Length, pinned: true);
            for (var i = 0; i < offsets.Length; i++)
            {
                var quad = panels.Quads[i];
                offsets[i] = (int)((quad.Row * dilation.Height * rowBytes) + (quad.Column * (long)dilation.Width * definition.InputChannels) + quad.Offset);
            }

            pixelOffsets = TTiles.PixelOffsets(Pixels(padded.BandRows));
        }

        public long ScratchBytes => padded.ScratchBytes;

        public int Parts(int threads) =>
            (int)Math.Clamp((long)geometry.Images * geometry.OutputHeight * geometry.OutputWidth * panels.WeightBytes / WorthAPart, 1, threads);

        public void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, Part part)
        {
            switch (definition.Output)
            {
                case RequantizedOutput output:
                    Run(source, new ByteEpilogue(target, panels.Factors, output.Range), scratch, part);
                    break;
                case FloatOutput output:
                    Run(source, new FloatEpilogue(target, panels.Factors, output.Activation), scratch, part);
                    break;
            }
        }

        private void Run<TEpilogue>(ReadOnlySpan<byte> source, TEpilogue epilogue, Span<byte> scratch, Part part)
            where TEpilogue : struct, IEpilogue, allows ref struct
        {
            // Rows are divided where there are enough of them, else channels.
            var byRows = geometry.OutputHeight >= 4 * part.Count;
            var (firstRow, endRow) = byRows ? part.Of(geometry.OutputHeight) : (0, geometry.OutputHeight);
            var (firstPanel, endPanel) = byRows ? (0, panels.Items.Length) : part.Of(panels.Items.Length);
            var ownsPixels = definition.Groups == 1 && (byRows || part.Count == 1);

            var imageBytes = geometry.Height * geometry.Width * definition.InputChannels;
            var rowOutputs = (nint)geometry.OutputWidth * definition.OutputChannels;
            for (var n = 0; n < geometry.Images; n++)
            {
                var image = source.Slice(n * imageBytes, imageBytes);
                for (var row = firstRow; row < endRow; row += padded.BandRows)
                {
                    var rows = Math.Min(padded.BandRows, endRow - row);
                    var band = padded.Band(image, row, rows, scratch);
                    var pixels = Pixels(rows);
                    var output = (((nint)n * geometry.OutputHeight) + row) * rowOutputs;
                    for (var i = firstPanel; i < endPanel; i++)
                    {
                        // Without groups only the last panel can have fewer channels than lanes. It comes first, so that what its
                        // idle lanes store, in the next pixel, is overwritten.
                        var panel = panels.Items[!ownsPixels ? i : i == 0 ? panels.Items.Length - 1 : i - 1];
                        TTiles.Run(
                            new(
                                band[panel.FirstInput..],
                                offsets.AsSpan(panel.Quads, panels.QuadsInPanel),
                                panels,
                                panel,
                                pixels,
                                pixelOffsets,
                                definition.OutputChannels,
                                wholeStoresEnd: ownsPixels ? output + (rows * rowOutputs) : 0),
                            epilogue,
                            output);
                    }
                }
            }
        }

        /// <summary>The pixels of some rows of the output.</summary>
        private PixelGrid Pixels(int rows) => new(
            rows * geometry.OutputWidth,
            geometry.OutputWidth,
            (nint)padded.RowBytes * definition.Window.Stride.Height,
            definition.Window.Stride.Width * definition.InputChannels);
    }
}
