using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Avx2;

/// <summary>Requantizes to bytes.</summary>
internal readonly ref struct ByteEpilogue(Span<byte> target, float[] factors, in IntegerRange range) : IEpilogue
{
    private readonly ref byte target = ref MemoryMarshal.GetReference(target);
    private readonly ref float factors = ref MemoryMarshal.GetArrayDataReference(factors);
    private readonly Requantizer requantizer = new(range);

    public bool StoresRegisters { get; } = Requantizer.AreSmall(factors);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePair(Vector256<int> low0, Vector256<int> high0, Vector256<int> low1, Vector256<int> high1, int factor, nint index, nint step)
    {
        ref var multipliers = ref Unsafe.Add(ref factors, factor);
        ref var to = ref Unsafe.Add(ref target, index);
        var bytes = requantizer.SmallToBytes(low0, high0, low1, high1, ref multipliers, ref Unsafe.Add(ref multipliers, 8));
        bytes.GetLower().StoreUnsafe(ref to);
        bytes.GetUpper().StoreUnsafe(ref to, (nuint)step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreFour(
        Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, int factor, nint index, nint step)
    {
        ref var multipliers = ref Unsafe.Add(ref factors, factor);
        ref var to = ref Unsafe.Add(ref target, index);
        var bytes = requantizer.SmallToBytes(first, second, third, fourth, ref multipliers, ref multipliers);
        var (lower, upper) = (bytes.GetLower().AsUInt64(), bytes.GetUpper().AsUInt64());
        Unsafe.WriteUnaligned(ref to, lower.ToScalar());
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, step), lower.GetElement(1));
        to = ref Unsafe.Add(ref to, step * 2);
        Unsafe.WriteUnaligned(ref to, upper.ToScalar());
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, step), upper.GetElement(1));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void StoreWide(ref TileSums sums, int rows, int channels, int factor, nint index, nint step)
    {
        ref var accumulators = ref TileSums.First(ref sums);
        ref var to = ref Unsafe.Add(ref target, index);
        var requantizer = this.requantizer;
        var low = Vector256.LoadUnsafe(ref factors, (nuint)factor);
        var high = Vector256.LoadUnsafe(ref factors, (nuint)factor + 8);
        for (var row = 0; row < rows; row++)
        {
            var bytes = requantizer.ToBytes(
                Vector256.LoadUnsafe(ref accumulators), Vector256.LoadUnsafe(ref accumulators, 8), low, high);
            PartialStore.Store(bytes, channels, ref to);
            accumulators = ref Unsafe.Add(ref accumulators, 16);
            to = ref Unsafe.Add(ref to, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void StoreNarrow(ref TileSums sums, int rows, int channels, int factor, nint index, nint step)
    {
        ref var accumulators = ref TileSums.First(ref sums);
        ref var to = ref Unsafe.Add(ref target, index);
        var requantizer = this.requantizer;
        var multipliers = Vector256.LoadUnsafe(ref factors, (nuint)factor);
        for (; rows > 0; rows -= 2)
        {
            // Two pixels to a vector of bytes; the second of an odd last pair is not stored.
            var bytes = requantizer.ToBytes(
                Vector256.LoadUnsafe(ref accumulators), Vector256.LoadUnsafe(ref accumulators, 8), multipliers, multipliers).AsUInt64();
            PartialStore.Store(bytes.ToScalar(), channels, ref to);
            if (rows == 1)
                return;
            PartialStore.Store(bytes.GetElement(1), channels, ref Unsafe.Add(ref to, step));
            accumulators = ref Unsafe.Add(ref accumulators, 16);
            to = ref Unsafe.Add(ref to, 2 * step);
        }
    }
}
