using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>Functions of rows in float32. Sums are those of <see cref="Lanes"/>.</summary>
internal static class FloatRows
{
    /// <summary>exp(x − m) over their sum, where m is the greatest of the row.</summary>
    public static void Softmax(ReadOnlySpan<float> source, Span<float> target, int length)
    {
        for (var start = 0; start < source.Length; start += length)
        {
            var row = target.Slice(start, length);
            var sum = Vector256.Create(Exponentials(source.Slice(start, length), row));
            for (var i = 0; i < row.Length; i += Lanes.Count)
                Lanes.Store(Lanes.Load(row, i) / sum, row, i);
        }
    }

    /// <summary>exp(x − m), where m is the greatest of the row, and their sum.</summary>
    public static float Exponentials(ReadOnlySpan<float> source, Span<float> target)
    {
        var greatest = Vector256.Create(Greatest(source));
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < source.Length; i += Lanes.Count)
        {
            // What is missing is exp(−∞), which adds nothing.
            var e = FloatMath.Exp(Lanes.Load(source, i, float.NegativeInfinity) - greatest);
            sum += e;
            Lanes.Store(e, target, i);
        }

        return Lanes.Sum(sum);
    }

    /// <summary>(x − mean) / √(variance + ε) · γ + β: the mean of all, the mean of the squares of what is left, both as sums divided by the length.</summary>
    /// <param name="source">Rows.</param>
    /// <param name="target">Rows.</param>
    /// <param name="factors">γ: the length of a row, or none.</param>
    /// <param name="offsets">β: the length of a row, or none.</param>
    /// <param name="length">Of a row.</param>
    /// <param name="epsilon">ε.</param>
    public static void Normalize(ReadOnlySpan<float> source, Span<float> target, ReadOnlySpan<float> factors, ReadOnlySpan<float> offsets, int length, float epsilon)
    {
        for (var start = 0; start < source.Length; start += length)
        {
            var from = source.Slice(start, length);
            var to = target.Slice(start, length);
            var mean = Lanes.Sum(from) / length;
            var means = Vector256.Create(mean);
            var squares = Vector256<float>.Zero;
            for (var i = 0; i < length; i += Lanes.Count)
            {
                var d = Lanes.Load(from, i, mean) - means;
                squares += d * d;
            }

            var factor = Vector256.Create(1f / MathF.Sqrt((Lanes.Sum(squares) / length) + epsilon));
            for (var i = 0; i < length; i += Lanes.Count)
            {
                var y = (Lanes.Load(from, i) - means) * factor;
                if (!factors.IsEmpty)
                    y *= Lanes.Load(factors, i);
                if (!offsets.IsEmpty)
                    y += Lanes.Load(offsets, i);
                Lanes.Store(y, to, i);
            }
        }
    }

    /// <summary>The sum, or the mean, of each [<paramref name="count"/>, <paramref name="inner"/>] matrix over its rows: of one column as <see cref="Lanes"/> says, else one row after the other.</summary>
    public static void Reduce(ReadOnlySpan<float> source, Span<float> target, int count, int inner, bool isMean)
    {
        for (var matrix = 0; matrix < target.Length / inner; matrix++)
        {
            var from = source.Slice(matrix * count * inner, count * inner);
            var to = target.Slice(matrix * inner, inner);
            if (inner == 1)
            {
                to[0] = Lanes.Sum(from);
            }
            else
            {
                to.Clear();
                for (var row = 0; row < count; row++)
                {
                    for (var i = 0; i < inner; i += Lanes.Count)
                        Lanes.Store(Lanes.Load(to, i) + Lanes.Load(from.Slice(row * inner, inner), i), to, i);
                }
            }

            if (isMean)
            {
                foreach (ref var sum in to)
                    sum /= count;
            }
        }
    }

    /// <summary>The product of two matrices [rows, inner] · [inner, columns]: each sum one term after the other.</summary>
    public static void MatMul(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target, int rows, int inner, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            var factors = left.Slice(row * inner, inner);
            var to = target.Slice(row * columns, columns);
            for (var i = 0; i < columns; i += Lanes.Count)
            {
                var sum = Vector256<float>.Zero;
                for (var k = 0; k < inner; k++)
                    sum += Vector256.Create(factors[k]) * Lanes.Load(right.Slice(k * columns, columns), i);
                Lanes.Store(sum, to, i);
            }
        }
    }

    /// <summary>The greatest of a row; any number where one is NaN, of which the whole row becomes NaN.</summary>
    private static float Greatest(ReadOnlySpan<float> row)
    {
        var greatest = Vector256.Create(float.NegativeInfinity);
        for (var i = 0; i < row.Length; i += Lanes.Count)
        {
            var x = Lanes.Load(row, i, float.NegativeInfinity);
            greatest = Vector256.ConditionalSelect(Vector256.GreaterThan(x, greatest), x, greatest);
        }

        var result = greatest[0];
        for (var i = 1; i < Lanes.Count; i++)
            result = greatest[i] > result ? greatest[i] : result;
        return result;
    }
}
