using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using StickGen.Operations;

namespace StickGen.Kernels.Avx2;

/// <summary>What becomes of accumulators when a tile is complete; chosen at compile time of the tile.</summary>
internal interface IEpilogue
{
    /// <summary>Stores the accumulators of up to 16 channels of a pixel.</summary>
    /// <param name="first">Channels 0 to 7.</param>
    /// <param name="second">Channels 8 to 15.</param>
    /// <param name="factor">The index of the first channel's factor.</param>
    /// <param name="channels">How many are to be stored.</param>
    /// <param name="index">Of the first element to be stored.</param>
    void Store(Vector256<int> first, Vector256<int> second, int factor, int channels, nint index);

    /// <summary>Stores the accumulators of up to 8 channels of a pixel.</summary>
    void Store(Vector256<int> accumulators, int factor, int channels, nint index);
}

/// <summary>Requantizes to bytes.</summary>
internal readonly ref struct ByteEpilogue(Span<byte> target, float[] factors, in IntegerRange range) : IEpilogue
{
    private readonly ref byte target = ref MemoryMarshal.GetReference(target);
    private readonly ref float factors = ref MemoryMarshal.GetArrayDataReference(factors);
    private readonly Requantizer requantizer = new(range);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector256<int> first, Vector256<int> second, int factor, int channels, nint index)
    {
        var low = requantizer.Requantize(first, Vector256.LoadUnsafe(ref factors, (nuint)factor));
        var high = requantizer.Requantize(second, Vector256.LoadUnsafe(ref factors, (nuint)factor + 8));
        PartialStore.Store(Requantizer.Pack(low, high), channels, ref Unsafe.Add(ref target, index));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector256<int> accumulators, int factor, int channels, nint index)
    {
        var integers = requantizer.Requantize(accumulators, Vector256.LoadUnsafe(ref factors, (nuint)factor));
        PartialStore.Store(Requantizer.Pack(integers), channels, ref Unsafe.Add(ref target, index));
    }
}

/// <summary>Multiplies to float32.</summary>
internal readonly ref struct FloatEpilogue(Span<byte> target, float[] factors, Activation activation) : IEpilogue
{
    private readonly ref float target = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, float>(target));
    private readonly ref float factors = ref MemoryMarshal.GetArrayDataReference(factors);

    public void Store(Vector256<int> first, Vector256<int> second, int factor, int channels, nint index)
    {
        Store(first, factor, Math.Min(channels, 8), index);
        if (channels > 8)
            Store(second, factor + 8, channels - 8, index + 8);
    }

    public void Store(Vector256<int> accumulators, int factor, int channels, nint index)
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
