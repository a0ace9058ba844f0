namespace StickGen.Kernels.Avx2;

/// <summary>
/// Weights of a 3×3 convolution transformed for F(4×4, 3×3) (Lavin and Gray 2016): of each kernel g the 36 integers of
/// (S G) g (S G)ᵀ, where S multiplies the rows of G so that they are integers; at most 49 · 127. As 16-bit pairs, [panel of 16
/// channels, position, pair of inputs, lane, 2].
/// </summary>
internal sealed class WinogradWeights
{
    /// <summary>Positions of a transformed tile in each direction.</summary>
    public const int Side = 6;

    public const int Positions = Side * Side;
    public const int Lanes = 16;

    /// <summary>Transformed weights take 8 times the memory; for more than this, reading them costs more than is saved.</summary>
    private const long MostWeights = 9L * 256 * 256;

    /// <summary>
    /// Sums come out up to 64 times too large (and 9 times, which is undone modulo 2³², <see cref="WinogradOutputs"/>).
    /// </summary>
    private const long LargestSum = (1L << 31) / 64;

    public WinogradWeights(ConvolutionDefinition definition, ReadOnlySpan<sbyte> stored)
    {
        var (inputs, outputs) = (definition.InputChannels, definition.OutputChannels);
        Values = new short[outputs * inputs * Positions];
        Bias = new int[outputs];
        Factors = [.. definition.Output.Factors];
        Span<short> transformed = stackalloc short[Positions];
        for (var output = 0; output < outputs; output++)
        {
            var (panel, lane) = Math.DivRem(output, Lanes);
            var sum = 0;
            for (var input = 0; input < inputs; input++)
            {
                var kernel = stored.Slice(((output * inputs) + input) * 9, 9);
                foreach (var weight in kernel)
                    sum += weight;
                Transform(kernel, transformed);
                for (var p = 0; p < Positions; p++)
                    Values[(((((((panel * Positions) + p) * (inputs / 2)) + (input / 2)) * Lanes) + lane) * 2) + (input % 2)] = transformed[p];
            }

            Bias[output] = unchecked(definition.Bias[output] - (definition.InputZeroPoint * sum));
        }
    }

    /// <summary>The weights.</summary>
    public short[] Values { get; }

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

    private static void Transform(ReadOnlySpan<sbyte> kernel, Span<short> transformed)
    {
        Span<int> rows = stackalloc int[Side * 3];
        for (var column = 0; column < 3; column++)
            Transform(kernel[column], kernel[3 + column], kernel[6 + column], rows[column..], 3);
        Span<int> values = stackalloc int[Side];
        for (var row = 0; row < Side; row++)
        {
            Transform(rows[row * 3], rows[(row * 3) + 1], rows[(row * 3) + 2], values, 1);
            for (var column = 0; column < Side; column++)
                transformed[(row * Side) + column] = (short)values[column];
        }
    }

    /// <summary>Three weights times G, whose rows are multiplied by 24, 6, 6, 24, 24 and 6.</summary>
    private static void Transform(int a, int b, int c, Span<int> target, int step)
    {
        target[0] = 6 * a;
        target[step] = -a - b - c;
        target[2 * step] = -a + b - c;
        target[3 * step] = a + (2 * b) + (4 * c);
        target[4 * step] = a - (2 * b) + (4 * c);
        target[5 * step] = 6 * c;
    }
}
