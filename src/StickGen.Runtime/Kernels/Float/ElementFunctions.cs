using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StickGen.Operations;

namespace StickGen.Kernels.Float;

/// <summary>Functions of each element in float32: those of <see cref="FloatMath"/>, and what a few operations say by themselves.</summary>
internal static class ElementFunctions
{
    /// <summary>Whether there is a kernel for a function, which takes no settings.</summary>
    public static bool Has(ElementFunction function) => Find(function) is not null;

    /// <summary>What computes a function.</summary>
    public static ElementKernel Of(ElementFunction function) => Find(function) ?? throw new ArgumentOutOfRangeException(nameof(function), function, "There is no kernel for this function.");

    private static ElementKernel? Find(ElementFunction function) => function switch
    {
        ElementFunction.Relu => Run<Relu>,
        ElementFunction.Sigmoid => Run<Sigmoid>,
        ElementFunction.Tanh => Run<Tanh>,
        ElementFunction.Silu => Run<Silu>,
        ElementFunction.Gelu => Run<Gelu>,
        ElementFunction.GeluTanh => Run<GeluTanh>,
        ElementFunction.Exp => Run<Exp>,
        ElementFunction.Erf => Run<Erf>,
        ElementFunction.Sqrt => Run<Sqrt>,
        ElementFunction.Rsqrt => Run<Rsqrt>,
        ElementFunction.Reciprocal => Run<Reciprocal>,
        ElementFunction.Square => Run<Square>,
        ElementFunction.Abs => Run<Abs>,
        ElementFunction.Neg => Run<Neg>,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TFunction>(ReadOnlySpan<float> source, Span<float> target)
        where TFunction : IElementFunction
    {
        target = target[..source.Length];
        for (var i = 0; i < source.Length; i += Lanes.Count)
            Lanes.Store(TFunction.Of(Lanes.Load(source, i)), target, i);
    }

    private readonly struct Relu : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), Vector256<float>.Zero, x);
    }

    private readonly struct Sigmoid : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => FloatMath.Sigmoid(x);
    }

    private readonly struct Tanh : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => FloatMath.Tanh(x);
    }

    /// <summary>x / (1 + e⁻ˣ).</summary>
    private readonly struct Silu : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => x / (Vector256<float>.One + FloatMath.Exp(-x));
    }

    /// <summary>(x / 2) · (1 + erf(x / √2)).</summary>
    private readonly struct Gelu : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) =>
            (x * Vector256.Create(0.5f)) * (Vector256<float>.One + FloatMath.Erf(x * Vector256.Create(0.707106781f)));
    }

    /// <summary>(x / 2) · (1 + tanh(√(2/π) · (x + 0.044715 x³))).</summary>
    private readonly struct GeluTanh : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x)
        {
            var cube = (x * x) * x;
            var inner = (x + (cube * Vector256.Create(0.044715f))) * Vector256.Create(0.797884561f);
            return (x * Vector256.Create(0.5f)) * (Vector256<float>.One + FloatMath.Tanh(inner));
        }
    }

    private readonly struct Exp : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => FloatMath.Exp(x);
    }

    private readonly struct Erf : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => FloatMath.Erf(x);
    }

    private readonly struct Sqrt : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256.Sqrt(x);
    }

    /// <summary>1 / √x, two roundings.</summary>
    private readonly struct Rsqrt : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256<float>.One / Vector256.Sqrt(x);
    }

    private readonly struct Reciprocal : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256<float>.One / x;
    }

    private readonly struct Square : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => x * x;
    }

    private readonly struct Abs : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256.Abs(x);
    }

    private readonly struct Neg : IElementFunction
    {
        public static Vector256<float> Of(Vector256<float> x) => -x;
    }
}

/// <summary>A function of each element of a value.</summary>
internal delegate void ElementKernel(ReadOnlySpan<float> source, Span<float> target);
