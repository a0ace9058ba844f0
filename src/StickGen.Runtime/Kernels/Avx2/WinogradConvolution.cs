using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// 3×3 convolution as F(2×2, 3×3) (Lavin and Gray 2016), which needs 16 products where the definition has 36. In integers it is
/// exact: inputs transform to at most ±1020, weights (<see cref="WinogradWeights"/>) to ±1143, both fit <c>vpmaddwd</c>, and what the
/// transformation of the sums gives is exactly four times the result.
/// </summary>
internal sealed class WinogradConvolution(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored) : IConvolution
{
    private readonly WinogradWeights weights = new(definition, stored);

    public IBoundConvolution Bind(in ConvolutionGeometry geometry) => new Bound(definition, weights, geometry);

    private sealed class Bound : IBoundConvolution
    {
        private const int Positions = WinogradWeights.Positions;
        private const int Lanes = WinogradWeights.Lanes;

        /// <summary>Tiles that are multiplied at a time.</summary>
        private const int Group = 6;

        /// <summary>Transformed inputs of a block of tiles are to stay in the second-level cache.</summary>
        private const int BlockBytes = 192 << 10;

        /// <summary>A part is to have at least this many products.</summary>
        private const long WorthAPart = 1 << 18;

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
            (tileRows, tileColumns) = ((geometry.OutputHeight + 1) / 2, (geometry.OutputWidth + 1) / 2);
            var affordable = Math.Min(BlockBytes / (Positions * inputs * sizeof(short)), Tiles);
            blockTiles = Math.Max(1, (int)((affordable + Group - 1) / Group)) * Group;
        }

        public long ScratchBytes => ((long)Positions * blockTiles * inputs * sizeof(short)) + PatchBytes;

        private long Tiles => (long)geometry.Images * tileRows * tileColumns;

        /// <summary>The inputs of a tile, with padding.</summary>
        private int PatchBytes => Positions * inputs;

        public int Parts(int threads) => (int)Math.Clamp(Tiles * weights.Values.Length / WorthAPart, 1, Math.Min(threads, Tiles));

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
            var transformed = MemoryMarshal.Cast<byte, short>(scratch[PatchBytes..]);
            var (first, end) = part.Of((int)Tiles);
            for (; first < end; first += blockTiles)
            {
                var tiles = Math.Min(blockTiles, end - first);
                for (var tile = 0; tile < tiles; tile++)
                    TransformInputs(source, first + tile, patch, transformed[(tile * inputs)..]);
                for (var panel = 0; panel < definition.OutputChannels / Lanes; panel++)
                {
                    for (var tile = 0; tile < tiles; tile += Group)
                        RunGroup(transformed[(tile * inputs)..], panel, first + tile, Math.Min(Group, tiles - tile), epilogue);
                }
            }
        }

        /// <summary>Bᵀ d B of the 4×4 inputs of a tile, to [position, tile of the block, input].</summary>
        private void TransformInputs(ReadOnlySpan<byte> source, int tile, Span<byte> patch, Span<short> target)
        {
            var (image, row, column) = Place(tile);
            var padding = definition.Window.Padding;
            var (top, left) = ((row * 2) - padding.Height, (column * 2) - padding.Width);
            var from = source.Slice(image * geometry.Height * geometry.Width * inputs, geometry.Height * geometry.Width * inputs);
            if (top >= 0 && left >= 0 && top + 4 <= geometry.Height && left + 4 <= geometry.Width)
            {
                Transform(from[(((top * geometry.Width) + left) * inputs)..], geometry.Width * inputs, target);
                return;
            }

            for (var y = 0; y < 4; y++)
            {
                for (var x = 0; x < 4; x++)
                {
                    var to = patch.Slice(((y * 4) + x) * inputs, inputs);
                    var (h, w) = (top + y, left + x);
                    if ((uint)h < (uint)geometry.Height && (uint)w < (uint)geometry.Width)
                        from.Slice(((h * geometry.Width) + w) * inputs, inputs).CopyTo(to);
                    else
                        to.Fill(definition.InputZeroPoint);
                }
            }

            Transform(patch, 4 * inputs, target);
        }

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Transform(ReadOnlySpan<byte> source, int rowBytes, Span<short> target)
        {
            ref var from = ref MemoryMarshal.GetReference(source);
            ref var to = ref MemoryMarshal.GetReference(target);
            var inputs = this.inputs;
            var step = (nint)blockTiles * inputs;
            for (var channel = 0; channel < inputs; channel += 16)
            {
                // Columns of Bᵀ d, one after the other; what follows needs three of them at a time.
                ref var first = ref Unsafe.Add(ref from, channel);
                var (a0, a1, a2, a3) = Column(ref first, rowBytes);
                var (b0, b1, b2, b3) = Column(ref Unsafe.Add(ref first, inputs), rowBytes);
                var (c0, c1, c2, c3) = Column(ref Unsafe.Add(ref first, 2 * inputs), rowBytes);
                var (d0, d1, d2, d3) = Column(ref Unsafe.Add(ref first, 3 * inputs), rowBytes);
                ref var place = ref Unsafe.Add(ref to, channel);
                place = ref Store(a0, b0, c0, d0, ref place, step);
                place = ref Store(a1, b1, c1, d1, ref place, step);
                place = ref Store(a2, b2, c2, d2, ref place, step);
                _ = ref Store(a3, b3, c3, d3, ref place, step);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector256<short> First, Vector256<short> Second, Vector256<short> Third, Vector256<short> Fourth) Column(
            ref byte first, int rowBytes)
        {
            var d0 = AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref first));
            var d1 = AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref first, (nuint)rowBytes));
            var d2 = AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref first, (nuint)rowBytes * 2));
            var d3 = AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref first, (nuint)rowBytes * 3));
            return (AvxTwo.Subtract(d0, d2), AvxTwo.Add(d1, d2), AvxTwo.Subtract(d2, d1), AvxTwo.Subtract(d1, d3));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ref short Store(
            Vector256<short> a, Vector256<short> b, Vector256<short> c, Vector256<short> d, ref short target, nint step)
        {
            AvxTwo.Subtract(a, c).StoreUnsafe(ref target);
            AvxTwo.Add(b, c).StoreUnsafe(ref target, (nuint)step);
            AvxTwo.Subtract(c, b).StoreUnsafe(ref target, (nuint)step * 2);
            AvxTwo.Subtract(b, d).StoreUnsafe(ref target, (nuint)step * 3);
            return ref Unsafe.Add(ref target, step * 4);
        }

        /// <summary>Multiplies a group of tiles with a panel, position by position, and transforms the sums to pixels.</summary>
        [SkipLocalsInit]
        private void RunGroup<TEpilogue>(ReadOnlySpan<short> transformed, int panel, int firstTile, int tiles, TEpilogue epilogue)
            where TEpilogue : struct, IEpilogue, allows ref struct
        {
            Span<int> products = stackalloc int[Positions * Group * Lanes];
            for (var p = 0; p < Positions; p++)
            {
                Multiply(
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(transformed), (nint)p * blockTiles * inputs),
                    ref weights.Values[(((panel * Positions) + p) * inputs) * Lanes],
                    ref products[p * Group * Lanes]);
            }

            Unsafe.SkipInit(out TileSums sums);
            ref var bias = ref weights.Bias[panel * Lanes];
            var outputs = definition.OutputChannels;
            for (var tile = 0; tile < tiles; tile++)
            {
                ref var first = ref products[tile * Lanes];
                TransformSums(ref first, ref bias, ref TileSums.First(ref sums));
                TransformSums(ref Unsafe.Add(ref first, 8), ref Unsafe.Add(ref bias, 8), ref Unsafe.Add(ref TileSums.First(ref sums), 8));
                var (image, row, column) = Place(firstTile + tile);
                var columns = Math.Min(2, geometry.OutputWidth - (column * 2));
                var pixel = (((nint)image * geometry.OutputHeight) + (row * 2)) * geometry.OutputWidth + (column * 2);
                epilogue.StoreWide(ref sums, columns, Lanes, panel * Lanes, (pixel * outputs) + (panel * Lanes), outputs);
                if ((row * 2) + 1 == geometry.OutputHeight)
                    continue;
                // The second row's sums follow those of the first.
                ref var below = ref Unsafe.As<int, TileSums>(ref Unsafe.Add(ref TileSums.First(ref sums), 2 * Lanes));
                epilogue.StoreWide(
                    ref below, columns, Lanes, panel * Lanes, ((pixel + geometry.OutputWidth) * outputs) + (panel * Lanes), outputs);
            }
        }

        /// <summary>Six tiles times 16 lanes: the tiles' inputs lie one after the other. Of a block that is not full the last are not used.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Multiply(ref short tiles, ref short weights, ref int products)
        {
            nint step = inputs;
            ref var tile0 = ref tiles;
            ref var tile1 = ref Unsafe.Add(ref tile0, step);
            ref var tile2 = ref Unsafe.Add(ref tile1, step);
            ref var tile3 = ref Unsafe.Add(ref tile2, step);
            ref var tile4 = ref Unsafe.Add(ref tile3, step);
            ref var tile5 = ref Unsafe.Add(ref tile4, step);
            var sum00 = Vector256<int>.Zero;
            var (sum01, sum10, sum11, sum20, sum21, sum30, sum31, sum40, sum41, sum50, sum51) =
                (sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00);
            for (nint i = 0; i < step; i += 2)
            {
                var weights0 = Vector256.LoadUnsafe(ref weights);
                var weights1 = Vector256.LoadUnsafe(ref weights, 16);
                weights = ref Unsafe.Add(ref weights, 32);
                var pair = Broadcast(ref tile0, i);
                sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(pair, weights0));
                sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(pair, weights1));
                pair = Broadcast(ref tile1, i);
                sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(pair, weights0));
                sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(pair, weights1));
                pair = Broadcast(ref tile2, i);
                sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(pair, weights0));
                sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(pair, weights1));
                pair = Broadcast(ref tile3, i);
                sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(pair, weights0));
                sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(pair, weights1));
                pair = Broadcast(ref tile4, i);
                sum40 = AvxTwo.Add(sum40, AvxTwo.MultiplyAddAdjacent(pair, weights0));
                sum41 = AvxTwo.Add(sum41, AvxTwo.MultiplyAddAdjacent(pair, weights1));
                pair = Broadcast(ref tile5, i);
                sum50 = AvxTwo.Add(sum50, AvxTwo.MultiplyAddAdjacent(pair, weights0));
                sum51 = AvxTwo.Add(sum51, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            }

            sum00.StoreUnsafe(ref products);
            sum01.StoreUnsafe(ref products, 8);
            sum10.StoreUnsafe(ref products, 16);
            sum11.StoreUnsafe(ref products, 24);
            sum20.StoreUnsafe(ref products, 32);
            sum21.StoreUnsafe(ref products, 40);
            sum30.StoreUnsafe(ref products, 48);
            sum31.StoreUnsafe(ref products, 56);
            sum40.StoreUnsafe(ref products, 64);
            sum41.StoreUnsafe(ref products, 72);
            sum50.StoreUnsafe(ref products, 80);
            sum51.StoreUnsafe(ref products, 88);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<short> Broadcast(ref short tile, nint index) =>
            Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref tile, index)))).AsInt16();

        /// <summary>Aᵀ m A / 4 + bias of eight lanes of a tile, to [pixel, lane].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void TransformSums(ref int products, ref int bias, ref int target)
        {
            var (a0, a1) = Rows(ref products, 0);
            var (b0, b1) = Rows(ref products, 1);
            var (c0, c1) = Rows(ref products, 2);
            var (d0, d1) = Rows(ref products, 3);
            var biases = Vector256.LoadUnsafe(ref bias);
            Quarter(AvxTwo.Add(AvxTwo.Add(a0, b0), c0)).StoreUnsafe(ref target);
            Quarter(AvxTwo.Subtract(AvxTwo.Subtract(b0, c0), d0)).StoreUnsafe(ref target, Lanes);
            Quarter(AvxTwo.Add(AvxTwo.Add(a1, b1), c1)).StoreUnsafe(ref target, 2 * Lanes);
            Quarter(AvxTwo.Subtract(AvxTwo.Subtract(b1, c1), d1)).StoreUnsafe(ref target, 3 * Lanes);

            Vector256<int> Quarter(Vector256<int> sums) => AvxTwo.Add(AvxTwo.ShiftRightArithmetic(sums, 2), biases);
        }

        /// <summary>The two sums of a column of four positions.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector256<int> Upper, Vector256<int> Lower) Rows(ref int products, int column)
        {
            const int Position = Group * Lanes;
            ref var first = ref Unsafe.Add(ref products, column * Position);
            var m1 = Vector256.LoadUnsafe(ref first, 4 * Position);
            var m2 = Vector256.LoadUnsafe(ref first, 8 * Position);
            return (
                AvxTwo.Add(AvxTwo.Add(Vector256.LoadUnsafe(ref first), m1), m2),
                AvxTwo.Subtract(AvxTwo.Subtract(m1, m2), Vector256.LoadUnsafe(ref first, 12 * Position)));
        }

        private (int Image, int Row, int Column) Place(int tile)
        {
            var (line, column) = Math.DivRem(tile, tileColumns);
            var (image, row) = Math.DivRem(line, tileRows);
            return (image, row, column);
        }
    }
}
