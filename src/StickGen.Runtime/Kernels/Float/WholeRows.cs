using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>Rows of float32, one after the other.</summary>
/// <param name="values">Rows × length.</param>
/// <param name="length">Of a row.</param>
internal readonly ref struct WholeRows(ReadOnlySpan<float> values, int length) : IRows
{
    private readonly int length = length;
    private readonly ReadOnlySpan<float> values = values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scale(int row) => 1f;

    public bool Are(int rows, int length) => this.length == length && values.Length >= (long)rows * length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Load(int row, int column) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)((row * length) + column));

    public Vector256<float> LoadRest(int row, int column) => Lanes.Load(values.Slice(row * length, length), column);
}
