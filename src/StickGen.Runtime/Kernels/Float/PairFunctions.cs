using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StickGen.Operations;

namespace StickGen.Kernels.Float;

/// <summary>Arithmetic of two float32 values.</summary>
internal static class PairFunctions
{
    /// <summary>Whether there is a kernel for a function.</summary>
    public static bool Has(ArithmeticFunction function) => Find(function) is not null;

    /// <summary>What computes a function.</summary>
    public static PairKernel Of(ArithmeticFunction function) => Find(function) ?? throw new ArgumentOutOfRangeException(nameof(function), function, "There is no kernel for this function.");

    private static PairKernel? Find(ArithmeticFunction function) => function switch
    {
        ArithmeticFunction.Add => Run<Sum>,
        ArithmeticFunction.Subtract => Run<Difference>,
        ArithmeticFunction.Multiply => Run<Product>,
        ArithmeticFunction.Divide => Run<Quotient>,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TFunction>(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target)
        where TFunction : IPairFunction
    {
        if (left.Length == target.Length && right.Length == target.Length)
        {
            for (var i = 0; i < target.Length; i += Lanes.Count)
                Lanes.Store(TFunction.Of(Lanes.Load(left, i), Lanes.Load(right, i)), target, i);
        }
        else if (left.Length == target.Length)
        {
            var one = Vector256.Create(right[0]);
            for (var i = 0; i < target.Length; i += Lanes.Count)
                Lanes.Store(TFunction.Of(Lanes.Load(left, i), one), target, i);
        }
        else
        {
            var one = Vector256.Create(left[0]);
            for (var i = 0; i < target.Length; i += Lanes.Count)
                Lanes.Store(TFunction.Of(one, right.Length == 1 ? Vector256.Create(right[0]) : Lanes.Load(right, i)), target, i);
        }
    }

    private interface IPairFunction
    {
        static abstract Vector256<float> Of(Vector256<float> left, Vector256<float> right);
    }

    private readonly struct Sum : IPairFunction
    {
        public static Vector256<float> Of(Vector256<float> left, Vector256<float> right) => left + right;
    }

    private readonly struct Difference : IPairFunction
    {
        public static Vector256<float> Of(Vector256<float> left, Vector256<float> right) => left - right;
    }

    private readonly struct Product : IPairFunction
    {
        public static Vector256<float> Of(Vector256<float> left, Vector256<float> right) => left * right;
    }

    private readonly struct Quotient : IPairFunction
    {
        public static Vector256<float> Of(Vector256<float> left, Vector256<float> right) => left / right;
    }
}

/// <summary>A function of two values, each of as many elements as the target, or one for all.</summary>
internal delegate void PairKernel(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target);
