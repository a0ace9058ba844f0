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
        {
            bytes.StoreUnsafe(ref target);
            return;
        }

        var rest = bytes.AsUInt64().ToScalar();
        if (count >= sizeof(ulong))
        {
            Unsafe.WriteUnaligned(ref target, rest);
            rest = bytes.AsUInt64().GetElement(1);
            target = ref Unsafe.Add(ref target, sizeof(ulong));
        }

        if ((count & 4) != 0)
        {
            Unsafe.WriteUnaligned(ref target, (uint)rest);
            rest >>= 32;
            target = ref Unsafe.Add(ref target, 4);
        }

        if ((count & 2) != 0)
        {
            Unsafe.WriteUnaligned(ref target, (ushort)rest);
            rest >>= 16;
            target = ref Unsafe.Add(ref target, 2);
        }

        if ((count & 1) != 0)
            target = (byte)rest;
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
}
