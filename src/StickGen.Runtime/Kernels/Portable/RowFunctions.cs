using StickGen.Quantization;

namespace StickGen.Kernels.Portable;

/// <summary>
/// Functions of rows. Sums are exact integers, whose order does not matter; what follows is one sequence of float operations for each
/// element, each rounded once.
/// </summary>
internal static class RowFunctions
{
    /// <summary>Softmax: table[m − q] over their sum, where m is the greatest of the row and the table has exp(−scale · d) as integers.</summary>
    public static void Softmax(ReadOnlySpan<byte> source, Span<byte> target, int length, ReadOnlySpan<int> table, in IntegerRange range)
    {
        var (scale, zeroPoint, low, high) = range;
        for (var start = 0; start < source.Length; start += length)
        {
            var row = source.Slice(start, length);
            var result = target.Slice(start, length);
            byte greatest = 0;
            foreach (var q in row)
                greatest = Math.Max(greatest, q);
            long sum = 0;
            foreach (var q in row)
                sum += table[greatest - q];
            var multiplier = Requantization.SoftmaxMultiplier(sum, scale);
            for (var i = 0; i < row.Length; i++)
                result[i] = (byte)Requantization.Requantize(table[greatest - row[i]], multiplier, zeroPoint, low, high);
        }
    }

    /// <summary>(x − mean) / √(variance + ε) · γ + β; γ and β are in steps of the result.</summary>
    public static void Normalize(
        ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets, in NormalizationDefinition definition)
    {
        var (length, groups, positions, zero, epsilon, (_, zeroPoint, low, high)) = definition;
        var (lowest, highest) = ((float)(low - zeroPoint), (float)(high - zeroPoint));
        for (var (start, group) = (0, 0); start < source.Length; start += length, group = (group + 1) % groups)
        {
            var row = source.Slice(start, length);
            var result = target.Slice(start, length);
            long sum = 0, squares = 0;
            foreach (var q in row)
            {
                var d = q - zero;
                sum += d;
                squares += d * d;
            }

            var inverse = Requantization.InverseDeviation(length, sum, squares, epsilon);
            var parameter = group * (length / positions);
            for (var i = 0; i < row.Length; parameter++)
            {
                var (factor, offset) = (factors[parameter], offsets[parameter]);
                for (var end = i + positions; i < end; i++)
                {
                    var normalized = ((long)length * (row[i] - zero)) - sum;
                    var steps = ((normalized * inverse) * factor) + offset;
                    result[i] = (byte)((int)MathF.Round(Math.Clamp(steps, lowest, highest), MidpointRounding.ToEven) + zeroPoint);
                }
            }
        }
    }

    /// <summary>Products of matrices, row by row.</summary>
    public static void MatMul(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, Span<int> sums, in MatMulDefinition definition)
    {
        var (rows, inner, columns, leftZero, rightZero, multiplier, (_, zeroPoint, low, high)) = definition;
        sums = sums[..columns];
        for (var row = 0; row < rows; row++)
        {
            sums.Clear();
            for (var k = 0; k < inner; k++)
            {
                var a = left[(row * inner) + k] - leftZero;
                var others = right.Slice(k * columns, columns);
                for (var column = 0; column < sums.Length; column++)
                    sums[column] += a * (others[column] - rightZero);
            }

            var result = target.Slice(row * columns, columns);
            for (var column = 0; column < sums.Length; column++)
                result[column] = (byte)Requantization.Requantize(sums[column], multiplier, zeroPoint, low, high);
        }
    }
}
