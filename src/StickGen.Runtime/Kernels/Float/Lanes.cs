using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>
/// Eight floats at a time. Eight lanes are part of the definition of sums, whatever the CPU has: element i of a row is added to lane i mod 8, one after the other, and the lanes
/// to each other by <see cref="Sum(Vector256{float})"/>. No operation is fused. So all instruction sets and any number of threads give the same bits.
/// </summary>
internal static class Lanes
{
    /// <summary>Lanes of a vector.</summary>
    public const int Count = 8;

    /// <summary>The elements from a place on, of which there may be fewer than lanes; the rest is <paramref name="missing"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ReadOnlySpan<float> row, int start, float missing = 0f) =>
        start + Count <= row.Length ? Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)start) : LoadRest(row[start..], missing);

    /// <summary>Stores as many lanes as there is room for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> values, Span<float> row, int start)
    {
        if (start + Count <= row.Length)
            values.StoreUnsafe(ref MemoryMarshal.GetReference(row), (nuint)start);
        else
            StoreRest(values, row[start..]);
    }

    /// <summary>((l0 + l4) + (l2 + l6)) + ((l1 + l5) + (l3 + l7)).</summary>
    public static float Sum(Vector256<float> lanes)
    {
        var four = lanes.GetLower() + lanes.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two[0] + two[1];
    }

    /// <summary>The sum of a row.</summary>
    public static float Sum(ReadOnlySpan<float> row)
    {
        var lanes = Vector256<float>.Zero;
        for (var i = 0; i < row.Length; i += Count)
            lanes += Load(row, i);
        return Sum(lanes);
    }

    private static Vector256<float> LoadRest(ReadOnlySpan<float> rest, float missing)
    {
        Span<float> lanes = stackalloc float[Count];
        lanes.Fill(missing);
        rest.CopyTo(lanes);
        return Vector256.Create<float>(lanes);
    }

    private static void StoreRest(Vector256<float> values, Span<float> rest)
    {
        Span<float> lanes = stackalloc float[Count];
        values.CopyTo(lanes);
        lanes[..rest.Length].CopyTo(rest);
    }
}
