using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Kernels.Grouped;
using StickGen.Quantization;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Float;

/// <summary>Rows of integers in [−127, 127], kept with 128 added, each row with a scale.</summary>
/// <param name="values">Rows × length.</param>
/// <param name="scales">One for each row.</param>
/// <param name="length">Of a row.</param>
internal readonly ref struct ByteRows(ReadOnlySpan<byte> values, ReadOnlySpan<float> scales, int length) : IRows
{
    private const int Middle = 128;

    private readonly int length = length;
    private readonly ReadOnlySpan<byte> values = values;
    private readonly ReadOnlySpan<float> scales = scales;

    /// <summary>Rounds a row by its own largest magnitude, <c>max|x| / 127</c>, and returns its scale, which is NaN where a number is not finite.</summary>
    public static float Quantize(ReadOnlySpan<float> row, Span<byte> target, IKernels kernels)
    {
        var scale = DynamicQuantization.Scale(Tokens.Largest(row));
        if (!float.IsFinite(scale))
        {
            target.Fill(Middle);
            return float.NaN;
        }

        kernels.Quantize(row, target, new(scale, Middle, Middle - DynamicQuantization.QMax, Middle + DynamicQuantization.QMax));
        return scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scale(int row) => scales[row];

    public bool Are(int rows, int length) => this.length == length && values.Length >= (long)rows * length && scales.Length >= rows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Load(int row, int column) => ToFloats(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetReference(values), (row * length) + column)));

    public Vector256<float> LoadRest(int row, int column) => ToFloats(Rest(values.Slice(row * length, length)[column..]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToFloats(ulong lanes)
    {
        var wide = Vector128.CreateScalar(lanes).AsByte();
        var integers = AvxTwo.IsSupported
            ? AvxTwo.ConvertToVector256Int32(wide)
            : Vector256.Create(Vector128.WidenLower(Vector128.WidenLower(wide)), Vector128.WidenUpper(Vector128.WidenLower(wide))).AsInt32();
        return Vector256.ConvertToSingle(integers - Vector256.Create(Middle));
    }

    private static ulong Rest(ReadOnlySpan<byte> rest)
    {
        Span<byte> lanes = stackalloc byte[Lanes.Count];
        lanes.Fill(Middle);
        rest.CopyTo(lanes);
        return MemoryMarshal.Read<ulong>(lanes);
    }
}
