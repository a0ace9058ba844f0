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

    public void StoreNarrow(ref TileSums sums, int rows, int channels, int factor, nint index, nint step)
    {
        for (var row = 0; row < rows; row++)
        {
            Store(Vector256.LoadUnsafe(ref TileSums.First(ref sums), (nuint)row * 8), channels, factor, index);
            index += step;
        }
    }

    private void Store(Vector256<int> accumulators, int channels, int factor, nint index)
    {
        var values = Avx.Multiply(Avx.ConvertToVector256Single(accumulators), Vector256.LoadUnsafe(ref factors, (nuint)factor));
        // The operands are in the order in which the instructions are ActivationExtensions.Apply, also for −0.
        if (activation != Activation.None)
            values = Avx.Max(Vector256<float>.Zero, values);
        if (activation == Activation.Relu6)
            values = Avx.Min(Vector256.Create(6f), values);
        PartialStore.Store(values, channels, ref Unsafe.Add(ref target, index));
    }
}
