using StickGen.Operations;

namespace StickGen.Runtime.Tests.Reference;

/// <summary>Products of matrices, softmax and normalizations of integers, written down from docs/format.md element by element.</summary>
internal static class ReferenceRows
{
    public static int[] Multiply(
        int[] left, int[] leftShape, int[] right, int[] rightShape, int[] shape, int leftZero, int rightZero, Func<long, int> round)
    {
        var (rows, inner, columns) = (leftShape[^2], leftShape[^1], rightShape[^1]);
        var result = new List<int>();
        for (var matrix = 0; matrix < shape[..^2].Aggregate(1, (a, b) => a * b); matrix++)
        for (var row = 0; row < rows; row++)
        for (var column = 0; column < columns; column++)
        {
            long sum = 0;
            for (var k = 0; k < inner; k++)
            {
                var a = left[(((Matrix(matrix, shape, leftShape) * rows) + row) * inner) + k] - leftZero;
                sum += a * (right[(((Matrix(matrix, shape, rightShape) * inner) + k) * columns) + column] - rightZero);
            }

            result.Add(round(sum));
        }

        return [.. result];
    }

    public static int[] Softmax(int[] values, int length, int[] table, float scale, Func<float, int> round) =>
        [.. values.Chunk(length).SelectMany(row =>
        {
            var entries = row.Select(q => table[row.Max() - q]).ToArray();
            var factor = (float)(1.0 / (entries.Sum(e => (long)e) * (double)scale));
            return entries.Select(e => round((float)e * factor));
        })];

    public static int[] Normalize(
        int[] values, int[] shape, Normalize operation, float scale, int zero, float resultScale, float[][] parameters, Func<float, int> round)
    {
        var isLayer = operation.Function == "layer_norm";
        var length = isLayer ? shape[^operation.Size..].Aggregate(1, (a, b) => a * b) : shape[1..].Aggregate(1, (a, b) => a * b) / operation.Size;
        var positions = isLayer ? 1 : shape[2..].Aggregate(1, (a, b) => a * b);
        var channels = isLayer ? length : shape[1];
        var result = new List<int>();
        foreach (var row in values.Chunk(length))
        {
            Int128 sum = 0, squares = 0;
            foreach (var q in row)
                (sum, squares) = (sum + (q - zero), squares + ((q - zero) * (q - zero)));
            var variance = (double)((length * squares) - (sum * sum));
            var epsilon = operation.Epsilon * ((double)length * length) / ((double)scale * scale);
            var inverse = variance == 0 ? 0f : (float)(1.0 / Math.Sqrt(variance + epsilon));
            foreach (var q in row)
            {
                var channel = result.Count / positions % channels;
                var factor = (parameters.Length > 0 ? parameters[0][channel] : 1f) / resultScale;
                var offset = (parameters.Length > 1 ? parameters[1][channel] : 0f) / resultScale;
                var normalized = (float)(long)((length * (Int128)(q - zero)) - sum) * inverse;
                var scaled = normalized * factor;
                result.Add(round(scaled + offset));
            }
        }

        return [.. result];
    }

    /// <summary>The number of an operand's matrix, where its missing dimensions and those of size 1 are repeated.</summary>
    private static int Matrix(int matrix, int[] shape, int[] operand)
    {
        var (number, step) = (0, 1);
        for (var d = 3; d <= shape.Length; matrix /= shape[^d], d++)
        {
            if (d > operand.Length)
                continue;
            number += operand[^d] == 1 ? 0 : matrix % shape[^d] * step;
            step *= operand[^d];
        }

        return number;
    }
}
