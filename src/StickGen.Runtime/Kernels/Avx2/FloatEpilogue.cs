using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Operations;

namespace StickGen.Kernels.Avx2;

/// <summary>Multiplies to float32.</summary>
internal readonly ref struct FloatEpilogue(Span<byte> target, float[] factors, Activation activation) : IEpilogue
{
    private readonly ref float target = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, float>(target));
    private readonly ref float factors = ref MemoryMarshal.GetArrayDataReference(factors);

    public bool StoresRegisters => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StorePair(Vector256<int> low0, Vector256<int> high0, Vector256<int> low1, Vector256<int> high1, int factor, nint index, nint step)
    {
        ref var to = ref Unsafe.Add(ref target, index);
        Values(low0, factor).StoreUnsafe(ref to);
        Values(high0, factor + 8).StoreUnsafe(ref to, 8);
        to = ref Unsafe.Add(ref to, step);
        Values(low1, factor).StoreUnsafe(ref to);
        Values(high1, factor + 8).StoreUnsafe(ref to, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreFour(
        Vector256<int> first, Vector256<int> second, Vector256<int> third, Vector256<int> fourth, int factor, nint index, nint step)
    {
        ref var to = ref Unsafe.Add(ref target, index);
        Values(first, factor).StoreUnsafe(ref to);
        Values(second, factor).StoreUnsafe(ref to, (nuint)step);
        Values(third, factor).StoreUnsafe(ref to, (nuint)step * 2);
        Values(fourth, factor).StoreUnsafe(ref to, (nuint)step * 3);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void StoreWide(ref TileSums sums, int rows, int channels, int factor, nint index, nint step)
    {
        for (var row = 0; row < rows; row++)
        {
            ref var accumulators = ref Unsafe.Add(ref TileSums.First(ref sums), row * 16);
            Store(Vector256.LoadUnsafe(ref accumulators), Math.Min(channels, 8), factor, index);
            if (channels > 8)
                Store(Vector256.LoadUnsafe(ref accumulators, 8), channels - 8, factor + 8, index + 8);
            index += step;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void StoreNarrow(ref TileSums sums, int rows, int channels, int factor, nint index, nint step)
    {
        for (var row = 0; row < rows; row++)
        {
            Store(Vector256.LoadUnsafe(ref TileSums.First(ref sums), (nuint)row * 8), channels, factor, index);
            index += step;
        }
    }

    private void Store(Vector256<int> accumulators, int channels, int factor, nint index) =>
        PartialStore.Store(Values(accumulators, factor), channels, ref Unsafe.Add(ref target, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Values(Vector256<int> accumulators, int factor)
    {
        var values = Avx.Multiply(Avx.ConvertToVector256Single(accumulators), Vector256.LoadUnsafe(ref factors, (nuint)factor));
        // The operands are in the order in which the instructions are ActivationExtensions.Apply, also for −0.
        if (activation != Activation.None)
            values = Avx.Max(Vector256<float>.Zero, values);
        if (activation == Activation.Relu6)
            values = Avx.Min(Vector256.Create(6f), values);
        return values;
    }
}
