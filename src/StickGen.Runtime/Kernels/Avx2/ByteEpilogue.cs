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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
