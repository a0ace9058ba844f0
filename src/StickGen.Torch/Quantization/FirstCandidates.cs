namespace StickGen.Quantization;

/// <summary>What <see cref="CandidateQuantizer"/> begins with: scales, and logits from the distances to the candidates.</summary>
internal static class FirstCandidates
{
    /// <summary>The scales that are tried lie between this part of the greatest one and itself, as many as the divisor says.</summary>
    private const int Steps = 100;

    /// <param name="weights">Row-major, one row for each scale.</param>
    /// <param name="rows">The number of scales.</param>
    /// <param name="bits">There are 2 to this power of candidates.</param>
    /// <param name="temperature">What logits will be multiplied by.</param>
    /// <returns>Positive scales, and logits [candidates, weights].</returns>
    public static (float[] Scales, float[] Logits) Find(ReadOnlySpan<float> weights, int rows, int bits, float temperature)
    {
        var length = weights.Length / rows;
        var scales = new float[rows];
        for (var r = 0; r < rows; r++)
            scales[r] = Scale(weights.Slice(r * length, length), bits);
        var largest = scales.Max();
        // A row of zeros has no size of its own.
        for (var r = 0; r < rows; r++)
            scales[r] = scales[r] > 0 ? scales[r] : largest > 0 ? largest : 1;

        var logits = new float[checked(weights.Length << bits)];
        var top = (1 << bits) - 1;
        for (var i = 0; i < weights.Length; i++)
        {
            var value = Math.Clamp(weights[i] / scales[i / length], -top, top);
            for (var k = 0; k <= top; k++)
            {
                var distance = value - ((2 * k) - top);
                logits[(k * weights.Length) + i] = -distance * distance / (2 * temperature);
            }
        }

        return (scales, logits);
    }

    /// <summary>
    /// The scale <c>s</c> with the least <c>Σ (w − s·l)²</c> over the nearest odd integers <c>l</c>: the best of a grid, then the best one for its own
    /// integers, <c>Σ w·l / Σ l²</c>. 0 for a row of zeros.
    /// </summary>
    private static float Scale(ReadOnlySpan<float> row, int bits)
    {
        var (top, largest, sum) = ((1 << bits) - 1, 0f, 0.0);
        foreach (var w in row)
        {
            largest = Math.Max(largest, Math.Abs(w));
            sum += Math.Abs((double)w);
        }

        if (largest < AffineQuantization.MinimumScale * Steps * top)
            return 0;
        if (bits == 1)
            return (float)(sum / row.Length);
        var (best, least) = (0f, double.PositiveInfinity);
        for (var i = 1; i <= Steps; i++)
        {
            var scale = largest * i / (Steps * top);
            var (products, squares) = Project(row, scale, top);
            // Σ w² is the same for all.
            var error = ((double)scale * scale * squares) - (2 * scale * products);
            if (error < least)
                (best, least) = (products > 0 ? (float)(products / squares) : scale, error);
        }

        return best;
    }

    private static (double Products, double Squares) Project(ReadOnlySpan<float> row, float scale, int top)
    {
        var (products, squares) = (0.0, 0.0);
        foreach (var w in row)
        {
            var level = Math.Clamp((2 * MathF.Floor(w / (2 * scale))) + 1, -top, top);
            products += (double)w * level;
            squares += (double)level * level;
        }

        return (products, squares);
    }
}
