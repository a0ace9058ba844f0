using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// 3×3 convolution as F(4×4, 3×3) (Lavin and Gray 2016), which needs 36 products where the definition has 144. In integers it is exact:
/// <see cref="WinogradWeights"/>, <see cref="WinogradInputs"/> and <see cref="WinogradOutputs"/> say why.
/// </summary>
internal sealed class WinogradConvolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored) : IConvolution
{
    private readonly WinogradWeights weights = new(definition, stored);

    public IBoundConvolution Bind(in ConvolutionGeometry geometry) => new Bound(definition, weights, geometry);

    private sealed class Bound : IBoundConvolution
    {
        private const int Positions = WinogradWeights.Positions;
        private const int Lanes = WinogradWeights.Lanes;
        private const int Side = WinogradWeights.Side;
        private const int Pixels = WinogradOutputs.Side;

        /// <summary>Tiles that are multiplied at a time, at most.</summary>
        private const int Group = WinogradProducts.Tiles;

        /// <summary>Transformed inputs and products of a block of tiles are to stay in the second-level cache.</summary>
        private const int BlockBytes = 384 << 10;

        /// <summary>A part is to have at least this many products.</summary>
        private const long WorthAPart = 1 << 18;

        /// <summary>With fewer tiles to a part, channels are divided, so that a part reads only its own weights.</summary>
        private const int TilesOfAPart = 24;

        private readonly ConvolutionDefinition definition;
        private readonly WinogradWeights weights;
        private readonly ConvolutionGeometry geometry;
        private readonly int inputs;
        private readonly int tileRows;
        private readonly int tileColumns;

        /// <summary>In a block, a multiple of <see cref="Group"/>.</summary>
        private readonly int blockTiles;

        public Bound(ConvolutionDefinition definition, WinogradWeights weights, in ConvolutionGeometry geometry)
        {
            (this.definition, this.weights, this.geometry) = (definition, weights, geometry);
            inputs = definition.InputChannels;
            (tileRows, tileColumns) = ((geometry.OutputHeight + Pixels - 1) / Pixels, (geometry.OutputWidth + Pixels - 1) / Pixels);
            // Blocks of about the same size.
            var blocks = ((Tiles * TileBytes) + BlockBytes - 1) / BlockBytes;
            var tiles = blocks == 0 ? 1 : (Tiles + blocks - 1) / blocks;
            blockTiles = (int)((tiles + Group - 1) / Group) * Group;
        }

        public long ScratchBytes => PatchBytes + (weights.ScratchElements * sizeof(short)) + (blockTiles * TileBytes);

        /// <summary>The transformed inputs of a tile, and the products with a panel.</summary>
        private long TileBytes => Positions * ((inputs * sizeof(short)) + (Lanes * sizeof(int)));

        private long Tiles => (long)geometry.Images * tileRows * tileColumns;

        private int Panels => definition.OutputChannels / Lanes;

        /// <summary>The inputs of a tile, with padding.</summary>
        private int PatchBytes => Positions * inputs;

        public int Parts(int threads) => (int)Math.Clamp(Tiles * Positions * inputs * definition.OutputChannels / WorthAPart, 1, Math.Min(threads, Math.Max(Tiles, Panels)));

        public void Run(ReadOnlySpan<byte> source, Span<byte> target, Span<byte> scratch, Part part)
        {
            switch (definition.Output)
            {
                case RequantizedOutput output:
                    Run(source, new ByteEpilogue(target, weights.Factors, output.Range), scratch, part);
                    break;
                case FloatOutput output:
                    Run(source, new FloatEpilogue(target, weights.Factors, output.Activation), scratch, part);
                    break;
            }
        }

        private void Run<TEpilogue>(ReadOnlySpan<byte> source, TEpilogue epilogue, Span<byte> scratch, Part part)
            where TEpilogue : struct, IEpilogue, allows ref struct
        {
            var patch = scratch[..PatchBytes];
            var products = MemoryMarshal.Cast<byte, int>(scratch[PatchBytes..])[..(Positions * blockTiles * Lanes)];
            var transformed = MemoryMarshal.Cast<byte, short>(scratch[(PatchBytes + (products.Length * sizeof(int)))..]);
            var weightScratch = transformed[^weights.ScratchElements..];
            var byTiles = Tiles >= (long)TilesOfAPart * part.Count || Panels < part.Count;
            var (first, end) = byTiles ? part.Of((int)Tiles) : (0, (int)Tiles);
            var (firstPanel, endPanel) = byTiles ? (0, Panels) : part.Of(Panels);
            if (firstPanel == endPanel)
                return;
            for (; first < end; first += blockTiles)
            {
                var tiles = Math.Min(blockTiles, end - first);
                for (var tile = 0; tile < tiles; tile++)
                    TransformInputs(source, first + tile, patch, transformed[(tile * inputs)..]);
                for (var panel = firstPanel; panel < endPanel; panel++)
                {
                    Multiply(transformed, weights.Panel(panel, weightScratch), tiles, products);
                    Store(products, panel, first, tiles, epilogue);
                }
            }
        }

        /// <summary>To [position, tile of the block, input].</summary>
        private void TransformInputs(ReadOnlySpan<byte> source, int tile, Span<byte> patch, Span<short> target)
        {
            var (image, row, column) = Place(tile);
            var padding = definition.Window.Padding;
            var (top, left) = ((row * Pixels) - padding.Height, (column * Pixels) - padding.Width);
            var rowBytes = geometry.Width * inputs;
            var from = source.Slice(image * geometry.Height * rowBytes, geometry.Height * rowBytes);
            var step = (nint)blockTiles * inputs;
            if (top >= 0 && left >= 0 && top + Side <= geometry.Height && left + Side <= geometry.Width)
            {
                WinogradInputs.Transform(from[((top * rowBytes) + (left * inputs))..], rowBytes, inputs, target, step);
                return;
            }

            var (begin, end) = (Math.Clamp(left, 0, geometry.Width), Math.Clamp(left + Side, 0, geometry.Width));
            patch.Fill(definition.InputZeroPoint);
            for (var y = 0; y < Side; y++)
            {
                if ((uint)(top + y) < (uint)geometry.Height && begin < end)
                    from[(((top + y) * rowBytes) + (begin * inputs))..][..((end - begin) * inputs)].CopyTo(patch[(((y * Side) + begin - left) * inputs)..]);
            }

            WinogradInputs.Transform(patch, Side * inputs, inputs, target, step);
        }

        /// <summary>Multiplies the tiles of a block with a panel, to [position, tile, lane].</summary>
        private void Multiply(ReadOnlySpan<short> transformed, ReadOnlySpan<short> panel, int tiles, Span<int> products)
        {
            for (var p = 0; p < Positions; p++)
            {
                // One position's weights and inputs stay in the first-level cache.
                ref var ofPosition = ref Unsafe.AsRef(in panel[p * weights.Step]);
                for (var tile = 0; tile < tiles; tile += Group)
                {
                    var place = (p * blockTiles) + tile;
                    WinogradProducts.Multiply(
                        ref Unsafe.Add(ref MemoryMarshal.GetReference(transformed), (nint)place * inputs),
                        Math.Min(Group, tiles - tile),
                        ref ofPosition,
                        inputs,
                        ref products[place * Lanes]);
                }
            }
        }

        /// <summary>Transforms the sums of a block and a panel to pixels.</summary>
        [SkipLocalsInit]
        private void Store<TEpilogue>(Span<int> products, int panel, int firstTile, int tiles, TEpilogue epilogue)
            where TEpilogue : struct, IEpilogue, allows ref struct
        {
            Span<int> sums = stackalloc int[Pixels * Pixels * Lanes];
            var outputs = definition.OutputChannels;
            for (var tile = 0; tile < tiles; tile++)
            {
                WinogradOutputs.Transform(ref products[tile * Lanes], (nint)blockTiles * Lanes, ref weights.Bias[panel * Lanes], ref sums[0]);
                var (image, row, column) = Place(firstTile + tile);
                var rows = Math.Min(Pixels, geometry.OutputHeight - (row * Pixels));
                var columns = Math.Min(Pixels, geometry.OutputWidth - (column * Pixels));
                for (var y = 0; y < rows; y++)
                {
                    var pixel = ((((nint)image * geometry.OutputHeight) + (row * Pixels) + y) * geometry.OutputWidth) + (column * Pixels);
                    ref var first = ref Unsafe.As<int, TileSums>(ref sums[y * Pixels * Lanes]);
                    epilogue.StoreWide(ref first, columns, Lanes, panel * Lanes, (pixel * outputs) + (panel * Lanes), outputs);
                }
            }
        }

        private (int Image, int Row, int Column) Place(int tile)
        {
            var (line, column) = Math.DivRem(tile, tileColumns);
            var (image, row) = Math.DivRem(line, tileRows);
            return (image, row, column);
        }
    }
}
