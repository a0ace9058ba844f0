using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Avx2;

/// <summary>Stores the first elements of a vector and nothing after them.</summary>
internal static class PartialStore
{
    /// <param name="bytes">What to store of.</param>
    /// <param name="count">How many, 1 to 16.</param>
    /// <param name="target">Where.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> bytes, int count, ref byte target)
    {
        if (count == Vector128<byte>.Count)
            bytes.StoreUnsafe(ref target);
        else
            StoreFew(bytes, count, ref target);
    }

    /// <param name="bytes">What to store of, the first in the lowest bits.</param>
    /// <param name="count">How many, 0 to 8.</param>
    /// <param name="target">Where.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ulong bytes, int count, ref byte target)
    {
        if (count == sizeof(ulong))
            Unsafe.WriteUnaligned(ref target, bytes);
        else
            StoreFew(bytes, count, ref target);
    }

    /// <param name="values">What to store of.</param>
    /// <param name="count">How many, 1 to 8.</param>
    /// <param name="target">Where.</param>
    public static void Store(Vector256<float> values, int count, ref float target)
    {
        if (count == Vector256<float>.Count)
        {
            values.StoreUnsafe(ref target);
            return;
        }

        for (var i = 0; i < count; i++)
            Unsafe.Add(ref target, i) = values.GetElement(i);
    }

    private static void StoreFew(Vector128<byte> bytes, int count, ref byte target)
    {
        var (low, high) = (bytes.AsUInt64().ToScalar(), bytes.AsUInt64().GetElement(1));
        Store(low, Math.Min(count, sizeof(ulong)), ref target);
        if (count > sizeof(ulong))
            Store(high, count - sizeof(ulong), ref Unsafe.Add(ref target, sizeof(ulong)));
    }

    private static void StoreFew(ulong bytes, int count, ref byte target)
    {
        if ((count & 4) != 0)
        {
            Unsafe.WriteUnaligned(ref target, (uint)bytes);
            bytes >>= 32;
            target = ref Unsafe.Add(ref target, 4);
        }

        if ((count & 2) != 0)
        {
            Unsafe.WriteUnaligned(ref target, (ushort)bytes);
            bytes >>= 16;
            target = ref Unsafe.Add(ref target, 2);
        }

        if ((count & 1) != 0)
            target = (byte)bytes;
    }
}
