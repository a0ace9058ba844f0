using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>Transformed inputs of several tiles times transformed weights of 16 lanes, at one position.</summary>
internal static class WinogradProducts
{
    /// <summary>The tiles that registers have room for.</summary>
    public const int Tiles = 6;

    /// <param name="tiles">The tiles' inputs, one tile's after the other's. Of a block that is not full more may be read, and are not used.</param>
    /// <param name="count">The number of tiles, at most <see cref="Tiles"/>.</param>
    /// <param name="weights">[pair of inputs, lane, 2].</param>
    /// <param name="inputs">Of a tile.</param>
    /// <param name="products">[tile, lane].</param>
    public static void Multiply(ref short tiles, int count, ref short weights, nint inputs, ref int products)
    {
        if (count > 4)
            MultiplySix(ref tiles, ref weights, inputs, ref products);
        else if (count > 2)
            MultiplyFour(ref tiles, ref weights, inputs, ref products);
        else
            MultiplyTwo(ref tiles, ref weights, inputs, ref products);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySix(ref short tiles, ref short weights, nint inputs, ref int products)
    {
        ref var tile0 = ref tiles;
        ref var tile1 = ref Unsafe.Add(ref tile0, inputs);
        ref var tile2 = ref Unsafe.Add(ref tile1, inputs);
        ref var tile3 = ref Unsafe.Add(ref tile2, inputs);
        ref var tile4 = ref Unsafe.Add(ref tile3, inputs);
        ref var tile5 = ref Unsafe.Add(ref tile4, inputs);
        var sum00 = Vector256<int>.Zero;
        var (sum01, sum10, sum11, sum20, sum21, sum30, sum31, sum40, sum41, sum50, sum51) =
            (sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00, sum00);
        for (nint i = 0; i < inputs; i += 2)
        {
            var weights0 = Vector256.LoadUnsafe(ref weights);
            var weights1 = Vector256.LoadUnsafe(ref weights, 16);
            weights = ref Unsafe.Add(ref weights, 32);
            var pair = WordPairs.Broadcast(ref tile0, i);
            sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile1, i);
            sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile2, i);
            sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile3, i);
            sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile4, i);
            sum40 = AvxTwo.Add(sum40, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum41 = AvxTwo.Add(sum41, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile5, i);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyFour(ref short tiles, ref short weights, nint inputs, ref int products)
    {
        ref var tile0 = ref tiles;
        ref var tile1 = ref Unsafe.Add(ref tile0, inputs);
        ref var tile2 = ref Unsafe.Add(ref tile1, inputs);
        ref var tile3 = ref Unsafe.Add(ref tile2, inputs);
        var sum00 = Vector256<int>.Zero;
        var (sum01, sum10, sum11, sum20, sum21, sum30, sum31) =
            (sum00, sum00, sum00, sum00, sum00, sum00, sum00);
        for (nint i = 0; i < inputs; i += 2)
        {
            var weights0 = Vector256.LoadUnsafe(ref weights);
            var weights1 = Vector256.LoadUnsafe(ref weights, 16);
            weights = ref Unsafe.Add(ref weights, 32);
            var pair = WordPairs.Broadcast(ref tile0, i);
            sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile1, i);
            sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile2, i);
            sum20 = AvxTwo.Add(sum20, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum21 = AvxTwo.Add(sum21, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile3, i);
            sum30 = AvxTwo.Add(sum30, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum31 = AvxTwo.Add(sum31, AvxTwo.MultiplyAddAdjacent(pair, weights1));
        }

        sum00.StoreUnsafe(ref products);
        sum01.StoreUnsafe(ref products, 8);
        sum10.StoreUnsafe(ref products, 16);
        sum11.StoreUnsafe(ref products, 24);
        sum20.StoreUnsafe(ref products, 32);
        sum21.StoreUnsafe(ref products, 40);
        sum30.StoreUnsafe(ref products, 48);
        sum31.StoreUnsafe(ref products, 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTwo(ref short tiles, ref short weights, nint inputs, ref int products)
    {
        ref var tile0 = ref tiles;
        ref var tile1 = ref Unsafe.Add(ref tile0, inputs);
        var sum00 = Vector256<int>.Zero;
        var (sum01, sum10, sum11) =
            (sum00, sum00, sum00);
        for (nint i = 0; i < inputs; i += 2)
        {
            var weights0 = Vector256.LoadUnsafe(ref weights);
            var weights1 = Vector256.LoadUnsafe(ref weights, 16);
            weights = ref Unsafe.Add(ref weights, 32);
            var pair = WordPairs.Broadcast(ref tile0, i);
            sum00 = AvxTwo.Add(sum00, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum01 = AvxTwo.Add(sum01, AvxTwo.MultiplyAddAdjacent(pair, weights1));
            pair = WordPairs.Broadcast(ref tile1, i);
            sum10 = AvxTwo.Add(sum10, AvxTwo.MultiplyAddAdjacent(pair, weights0));
            sum11 = AvxTwo.Add(sum11, AvxTwo.MultiplyAddAdjacent(pair, weights1));
        }

        sum00.StoreUnsafe(ref products);
        sum01.StoreUnsafe(ref products, 8);
        sum10.StoreUnsafe(ref products, 16);
        sum11.StoreUnsafe(ref products, 24);
    }
}
