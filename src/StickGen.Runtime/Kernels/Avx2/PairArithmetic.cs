using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Kernels.Portable;
using StickGen.Operations;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>Arithmetic of two quantized values, 16 at a time. Differences from zero points have 9 bits, so that products fit 32.</summary>
internal static class PairArithmetic
{
    private const int Step = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, in ArithmeticDefinition definition)
    {
        if (target.Length < Step)
        {
            PortableArithmetic.Run(left, right, target, definition);
            return;
        }

        var (leftIsOne, rightIsOne) = (left.Length == 1, right.Length == 1);
        ref var a = ref MemoryMarshal.GetReference(leftIsOne ? left : left[..target.Length]);
        ref var b = ref MemoryMarshal.GetReference(rightIsOne ? right : right[..target.Length]);
        ref var to = ref MemoryMarshal.GetReference(target);
        var (leftZero, rightZero) = (Vector256.Create((short)definition.LeftZeroPoint), Vector256.Create((short)definition.RightZeroPoint));
        var requantizer = new Requantizer(definition.Range);
        var multiplier = Vector256.Create(definition.Multiplier);
        var function = definition.Function;
        var last = (nuint)(target.Length - Step);
        for (nuint i = 0; ; i += Step)
        {
            // The last ones again where they do not fill a vector.
            i = Math.Min(i, last);
            var x = AvxTwo.Subtract(AvxTwo.ConvertToVector256Int16(leftIsOne ? Vector128.Create(a) : Vector128.LoadUnsafe(ref a, i)), leftZero);
            var y = AvxTwo.Subtract(AvxTwo.ConvertToVector256Int16(rightIsOne ? Vector128.Create(b) : Vector128.LoadUnsafe(ref b, i)), rightZero);
            Vector256<int> first, second;
            if (function == ArithmeticFunction.Multiply)
            {
                first = AvxTwo.MultiplyLow(AvxTwo.ConvertToVector256Int32(x.GetLower()), AvxTwo.ConvertToVector256Int32(y.GetLower()));
                second = AvxTwo.MultiplyLow(AvxTwo.ConvertToVector256Int32(x.GetUpper()), AvxTwo.ConvertToVector256Int32(y.GetUpper()));
            }
            else
            {
                var sum = function == ArithmeticFunction.Subtract ? AvxTwo.Subtract(x, y) : AvxTwo.Add(x, y);
                (first, second) = (AvxTwo.ConvertToVector256Int32(sum.GetLower()), AvxTwo.ConvertToVector256Int32(sum.GetUpper()));
            }

            Requantizer.Pack(requantizer.Requantize(first, multiplier), requantizer.Requantize(second, multiplier)).StoreUnsafe(ref to, i);
            if (i == last)
                return;
        }
    }
}
