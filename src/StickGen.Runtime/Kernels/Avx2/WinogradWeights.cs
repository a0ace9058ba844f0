namespace StickGen.Kernels.Avx2;

/// <summary>
/// Weights of a 3×3 convolution transformed for F(2×2, 3×3) (Lavin and Gray 2016): of each kernel g the 16 integers of
/// (2G) g (2G)ᵀ, which are 4 · G g Gᵀ and at most 9 · 127; as 16-bit pairs, [panel of 16 channels, position, pair of inputs, lane, 2].
/// </summary>
internal sealed class WinogradWeights
{
    public const int Positions = 16;
    public const int Lanes = 16;

    /// <summary>Transformed weights take 3.6 times the memory; for more than this, reading them costs more than is saved.</summary>
    private const long MostWeights = 9L * 256 * 256;

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
    /// Whether a convolution can be computed so, and gains by it. Four times each sum has to fit 32 bits; what overflows on the way
    /// there wraps around and comes back.
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
            long sum = 0;
            foreach (var weight in stored.Slice(output * ofChannel, ofChannel))
                sum += Math.Abs((int)weight);
            if (sum * byte.MaxValue >= 1 << 29)
                return false;
        }

        return true;
    }

    private static void Transform(ReadOnlySpan<sbyte> kernel, Span<short> transformed)
    {
        Span<int> rows = stackalloc int[12];
        for (var column = 0; column < 3; column++)
        {
            var (a, b, c) = ((int)kernel[column], (int)kernel[3 + column], (int)kernel[6 + column]);
            (rows[column], rows[3 + column], rows[6 + column], rows[9 + column]) = (2 * a, a + b + c, a - b + c, 2 * c);
        }

        for (var row = 0; row < 4; row++)
        {
            var (a, b, c) = (rows[row * 3], rows[(row * 3) + 1], rows[(row * 3) + 2]);
            transformed[row * 4] = (short)(2 * a);
            transformed[(row * 4) + 1] = (short)(a + b + c);
            transformed[(row * 4) + 2] = (short)(a - b + c);
            transformed[(row * 4) + 3] = (short)(2 * c);
        }
    }
}
