using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AvxTwo = System.Runtime.Intrinsics.X86.Avx2;

namespace StickGen.Kernels.Avx2;

/// <summary>
/// Weights of a 3×3 convolution for F(4×4, 3×3) (Lavin and Gray 2016): of each kernel g the 36 integers of
/// (S G) g (S G)ᵀ, where S multiplies the rows of G so that they are integers; at most 49 · 127. They take 8 times the memory of
/// the weights: only few of them are kept so, others are kept as bytes and transformed panel by panel when they are used.
/// </summary>
internal sealed class WinogradWeights
{
    /// <summary>Positions of a transformed tile in each direction.</summary>
    public const int Side = 6;

    public const int Positions = Side * Side;
    public const int Lanes = 16;

    /// <summary>
    /// With more weights the byte kernel is as fast: as many have, as a rule, small images, with too few tiles to make up for the transformation.
    /// </summary>
    private const long MostWeights = 9L * 256 * 256;

    /// <summary>So many fit the second-level cache when they are transformed.</summary>
    private const int MostTransformed = 9 * 64 * 64;

    /// <summary>16-bit integers of a vector: 8 lanes of two inputs.</summary>
    private const int Vector = 16;

    /// <summary>
    /// Sums come out up to 64 times too large (and 9 times, which is undone modulo 2³², <see cref="WinogradOutputs"/>).
    /// </summary>
    private const long LargestSum = (1L << 31) / 64;

    /// <summary>[panel of 16 channels, pair of inputs, half, tap, 8 lanes of the half, 2].</summary>
    private readonly sbyte[] values;
    private readonly int inputs;

    /// <summary>The transformed panels, if they are kept.</summary>
    private readonly short[]? transformed;

    public WinogradWeights(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored)
    {
        inputs = definition.InputChannels;
        values = new sbyte[stored.Length];
        Bias = new int[definition.OutputChannels];
        Factors = [.. definition.Output.Factors];
        for (var output = 0; output < definition.OutputChannels; output++)
        {
            var (half, lane) = Math.DivRem(output % Lanes, Lanes / 2);
            var sum = 0;
            for (var input = 0; input < inputs; input++)
            {
                var vector = ((output / Lanes) * inputs) + (input / 2 * 2) + half;
                var kernel = stored.Slice(((output * inputs) + input) * 9, 9);
                for (var tap = 0; tap < kernel.Length; tap++)
                {
                    values[(((vector * 9) + tap) * Vector) + (lane * 2) + (input % 2)] = kernel[tap];
                    sum += kernel[tap];
                }
            }

            Bias[output] = unchecked(definition.Bias[output] - (definition.InputZeroPoint * sum));
        }

        if (values.Length > MostTransformed)
            return;
        transformed = new short[definition.OutputChannels / Lanes * PanelElements];
        for (var panel = 0; panel < definition.OutputChannels / Lanes; panel++)
            Transform(panel, transformed.AsSpan(panel * PanelElements));
        values = [];
    }

    /// <summary>From a position to the next; not a power of two, which would bring all positions to the same place in the cache.</summary>
    public int Step => (inputs * Lanes) + 32;

    /// <summary>What <see cref="Panel"/> needs of working memory.</summary>
    public int ScratchElements => transformed is null ? PanelElements : 0;

    private int PanelElements => Positions * Step;

    /// <summary>A transformed panel: [position, pair of inputs, lane, 2].</summary>
    public ReadOnlySpan<short> Panel(int panel, Span<short> scratch)
    {
        if (transformed is not null)
            return transformed.AsSpan(panel * PanelElements, PanelElements);
        Transform(panel, scratch);
        return scratch;
    }

    /// <summary>The biases, with what the input's zero point adds.</summary>
    public int[] Bias { get; }

    /// <summary>The factors of the channels.</summary>
    public float[] Factors { get; }

    /// <summary>
    /// Whether a convolution can be computed so, and gains by it. The sums have to be small enough; what overflows on the way to
    /// them wraps around and comes back.
    /// </summary>
    public static bool Suits(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored)
    {
        if (definition.Groups != 1 || definition.Window is not { Kernel: { Height: 3, Width: 3 }, Stride: { Height: 1, Width: 1 }, Dilation: { Height: 1, Width: 1 } })
            return false;
        if (definition.InputChannels % 16 != 0 || definition.OutputChannels % Lanes != 0 || stored.Length > MostWeights)
            return false;
        var ofChannel = stored.Length / definition.OutputChannels;
        for (var output = 0; output < definition.OutputChannels; output++)
        {
            // Inputs are not negative: the sums are between those of the negative and of the positive weights.
            var (negative, positive) = (0L, 0L);
            foreach (var weight in stored.Slice(output * ofChannel, ofChannel))
                (negative, positive) = (negative - Math.Min((int)weight, 0), positive + Math.Max((int)weight, 0));
            if (Math.Max(negative, positive) * byte.MaxValue >= LargestSum)
                return false;
        }

        return true;
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(int panel, Span<short> target)
    {
        const int Taps = 9;
        nint step = Step;
        Unsafe.SkipInit(out Columns columns);
        ref var column = ref Columns.First(ref columns);
        ref var from = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(values), (nint)panel * Lanes * inputs * Taps);
        ref var to = ref MemoryMarshal.GetReference(target[..PanelElements]);
        for (var halves = inputs; halves > 0; halves--)
        {
            for (nint x = 0; x < 3; x++)
            {
                Transform(
                    AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref Unsafe.Add(ref from, x * Vector))),
                    AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref Unsafe.Add(ref from, (x + 3) * Vector))),
                    AvxTwo.ConvertToVector256Int16(Vector128.LoadUnsafe(ref Unsafe.Add(ref from, (x + 6) * Vector))),
                    ref Unsafe.Add(ref column, x * Vector),
                    3 * Vector);
            }

            for (nint y = 0; y < Side; y++)
            {
                ref var first = ref Unsafe.Add(ref column, y * 3 * Vector);
                Transform(
                    Vector256.LoadUnsafe(ref first),
                    Vector256.LoadUnsafe(ref first, Vector),
                    Vector256.LoadUnsafe(ref first, 2 * Vector),
                    ref Unsafe.Add(ref to, y * Side * step),
                    step);
            }

            from = ref Unsafe.Add(ref from, Taps * Vector);
            to = ref Unsafe.Add(ref to, Vector);
        }
    }

    /// <summary>Three weights times G, whose rows are multiplied by 24, −6, −6, 24, 24 and 6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transform(Vector256<short> a, Vector256<short> b, Vector256<short> c, ref short target, nint step)
    {
        var six = Vector256.Create((short)6);
        var outer = AvxTwo.Add(a, c);
        var far = AvxTwo.Add(a, AvxTwo.ShiftLeftLogical(c, 2));
        var twice = AvxTwo.Add(b, b);
        AvxTwo.MultiplyLow(a, six).StoreUnsafe(ref target);
        AvxTwo.Add(outer, b).StoreUnsafe(ref Unsafe.Add(ref target, step));
        AvxTwo.Subtract(outer, b).StoreUnsafe(ref Unsafe.Add(ref target, step * 2));
        AvxTwo.Add(far, twice).StoreUnsafe(ref Unsafe.Add(ref target, step * 3));
        AvxTwo.Subtract(far, twice).StoreUnsafe(ref Unsafe.Add(ref target, step * 4));
        AvxTwo.MultiplyLow(c, six).StoreUnsafe(ref Unsafe.Add(ref target, step * 5));
    }

    /// <summary>What the transformation of columns gives.</summary>
    [InlineArray(Side * 3 * Vector)]
    private struct Columns
    {
        private short first;

        public static ref short First(ref Columns columns) => ref columns.first;
    }
}
