using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// The passes over memory of <see cref="Candidates"/>. Logits are [candidates, weight], candidates outermost: eight weights at a time are
/// in vectors, whatever the number of candidates.
/// </summary>
internal static class CandidateKernel
{
    private const int Lanes = 8;
    private const int MaxCandidates = 64;

    // Parts are cut independently of the number of threads, so that sums do not depend on it.
    private const int PartLength = 1 << 13;

    private delegate double Part(int row, int begin, int length);

    /// <summary><c>s · Σ softmax(T · logits)ₖ · lₖ</c>.</summary>
    public static Tensor Weigh(Tensor logits, float[] scales, float temperature)
    {
        if (!AreReachable(logits))
            return WeighByOperations(logits, scales, temperature);
        var result = empty(logits.shape[1..]);
        ForEachPart(logits, scales.Length, (row, begin, length) =>
        {
            Weigh(Rows.Elements(logits), Rows.Elements(result), begin, length, (int)logits.shape[0], scales[row], temperature);
            return 0;
        });
        return result;
    }

    /// <summary><c>s · lₖ</c> with the greatest logit, the first of those that are equal.</summary>
    public static Tensor Choose(Tensor logits, float[] scales)
    {
        using var noGrad = no_grad();
        if (!AreReachable(logits))
            return ChooseByOperations(logits, scales);
        var result = empty(logits.shape[1..]);
        ForEachPart(logits, scales.Length, (row, begin, length) =>
        {
            var levels = Rows.Elements(result).Slice(begin, length);
            Choose(Rows.Elements(logits), levels, begin, (int)logits.shape[0]);
            foreach (ref var level in levels)
                level *= scales[row];
            return 0;
        });
        return result;
    }

    /// <summary>The gradients of the logits, and <c>Σ gradient · Σ pₖ·lₖ</c> for each scale.</summary>
    public static (Tensor Logits, double[] Scales) WeighedGradient(Tensor logits, Tensor upstream, float[] scales, float temperature)
    {
        if (!AreReachable(logits) || upstream.dtype != ScalarType.Float32)
            return GradientByOperations(logits, upstream, scales, temperature);
        using var scope = NewDisposeScope();
        var incoming = upstream.contiguous();
        var result = empty_like(logits);
        var sums = ForEachPart(logits, scales.Length, (row, begin, length) => Gradient(
            Rows.Elements(logits), Rows.Elements(incoming), Rows.Elements(result), begin, length, (int)logits.shape[0], scales[row], temperature));
        return (result.MoveToOuterDisposeScope(), sums);
    }

    /// <summary><c>Σ gradient · lₖ</c> with the greatest logit, for each of a number of scales.</summary>
    public static double[] ChosenGradient(Tensor logits, Tensor upstream, int rows)
    {
        using var scope = NewDisposeScope();
        return Sums(Choose(logits, [.. Enumerable.Repeat(1f, rows)]).mul(upstream), rows);
    }

    private static bool AreReachable(Tensor logits) => Rows.AreReachable(logits) && logits.shape[0] <= MaxCandidates;

    private static double[] ForEachPart(Tensor logits, int rows, Part run)
    {
        var rowLength = checked((int)(logits.numel() / logits.shape[0] / rows));
        var partsOfRow = ((rowLength - 1) / PartLength) + 1;
        var parts = new double[rows * partsOfRow];
        void RunPart(int part)
        {
            var (row, begin) = (part / partsOfRow, part % partsOfRow * PartLength);
            parts[part] = run(row, (row * rowLength) + begin, Math.Min(PartLength, rowLength - begin));
        }

        // Below this, starting threads costs more than they save.
        if (logits.numel() > 1 << 16 && get_num_threads() > 1)
            Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, RunPart);
        else
        {
            for (var part = 0; part < parts.Length; part++)
                RunPart(part);
        }

        var sums = new double[rows];
        for (var part = 0; part < parts.Length; part++)
            sums[part / partsOfRow] += parts[part];
        return sums;
    }

    private static void Weigh(
        ReadOnlySpan<float> logits, Span<float> weights, int begin, int length, int candidates, float scale, float temperature)
    {
        Span<Vector256<float>> shares = stackalloc Vector256<float>[candidates];
        var stride = weights.Length;
        for (var i = begin; i < begin + length; i += Lanes)
        {
            var count = Math.Min(Lanes, begin + length - i);
            Store(Shares(logits, stride, i, count, shares, temperature) * scale, weights, i, count);
        }
    }

    private static double Gradient(
        ReadOnlySpan<float> logits, ReadOnlySpan<float> upstream, Span<float> result, int begin, int length, int candidates, float scale, float temperature)
    {
        Span<Vector256<float>> shares = stackalloc Vector256<float>[candidates];
        var (stride, sum) = (upstream.Length, 0.0);
        for (var i = begin; i < begin + length; i += Lanes)
        {
            var count = Math.Min(Lanes, begin + length - i);
            var mean = Shares(logits, stride, i, count, shares, temperature);
            var incoming = Load(upstream, i, count);
            sum += Vector256.Sum(incoming * mean);
            var factor = incoming * (scale * temperature);
            for (var k = 0; k < candidates; k++)
                Store(factor * shares[k] * (Vector256.Create(Level(k, candidates)) - mean), result, (k * stride) + i, count);
        }

        return sum;
    }

    /// <summary>The softmax of up to eight weights, and the mean of the levels.</summary>
    private static Vector256<float> Shares(
        ReadOnlySpan<float> logits, int stride, int i, int count, Span<Vector256<float>> shares, float temperature)
    {
        var largest = Vector256.Create(float.NegativeInfinity);
        for (var k = 0; k < shares.Length; k++)
            largest = Vector256.Max(largest, shares[k] = Load(logits, (k * stride) + i, count));
        var (sum, mean) = (Vector256<float>.Zero, Vector256<float>.Zero);
        for (var k = 0; k < shares.Length; k++)
        {
            shares[k] = Vector256.Exp((shares[k] - largest) * temperature);
            sum += shares[k];
            mean += shares[k] * Level(k, shares.Length);
        }

        foreach (ref var share in shares)
            share /= sum;
        return mean / sum;
    }

    private static void Choose(ReadOnlySpan<float> logits, Span<float> levels, int begin, int candidates)
    {
        var stride = logits.Length / candidates;
        for (var i = 0; i < levels.Length; i += Lanes)
        {
            var count = Math.Min(Lanes, levels.Length - i);
            var largest = Load(logits, begin + i, count);
            var level = Vector256.Create(Level(0, candidates));
            for (var k = 1; k < candidates; k++)
            {
                var logit = Load(logits, (k * stride) + begin + i, count);
                var isLarger = Vector256.GreaterThan(logit, largest);
                largest = Vector256.ConditionalSelect(isLarger, logit, largest);
                level = Vector256.ConditionalSelect(isLarger, Vector256.Create(Level(k, candidates)), level);
            }

            Store(level, levels, i, count);
        }
    }

    private static float Level(int k, int candidates) => (2 * k) - (candidates - 1);

    private static Vector256<float> Load(ReadOnlySpan<float> values, int offset, int count)
    {
        if (count == Lanes)
            return Vector256.Create(values.Slice(offset, Lanes));
        Span<float> part = stackalloc float[Lanes];
        part.Clear();
        values.Slice(offset, count).CopyTo(part);
        return Vector256.Create<float>(part);
    }

    private static void Store(Vector256<float> vector, Span<float> values, int offset, int count)
    {
        if (count == Lanes)
        {
            vector.CopyTo(values.Slice(offset, Lanes));
            return;
        }

        for (var i = 0; i < count; i++)
            values[offset + i] = vector[i];
    }

    private static Tensor WeighByOperations(Tensor logits, float[] scales, float temperature)
    {
        using var scope = NewDisposeScope();
        var mean = logits.mul(temperature).softmax(0).mul(Levels(logits)).sum([0]);
        return mean.mul(FakeQuantize.AlongChannels([.. scales], mean)).MoveToOuterDisposeScope();
    }

    private static Tensor ChooseByOperations(Tensor logits, float[] scales)
    {
        using var scope = NewDisposeScope();
        var level = logits.argmax(0).to_type(logits.dtype).mul(2).sub(logits.shape[0] - 1);
        return level.mul(FakeQuantize.AlongChannels([.. scales], level)).MoveToOuterDisposeScope();
    }

    private static (Tensor Logits, double[] Scales) GradientByOperations(Tensor logits, Tensor upstream, float[] scales, float temperature)
    {
        using var scope = NewDisposeScope();
        var (shares, levels) = (logits.mul(temperature).softmax(0), Levels(logits));
        var mean = shares.mul(levels).sum([0]);
        var factor = upstream.mul(FakeQuantize.AlongChannels([.. scales], mean)).mul(temperature);
        return (shares.mul(levels.sub(mean)).mul(factor).MoveToOuterDisposeScope(), Sums(upstream.mul(mean), scales.Length));
    }

    private static Tensor Levels(Tensor logits)
    {
        var shape = new long[logits.dim()];
        Array.Fill(shape, 1);
        shape[0] = logits.shape[0];
        return arange(1 - shape[0], shape[0], 2, dtype: logits.dtype, device: logits.device).reshape(shape);
    }

    private static double[] Sums(Tensor terms, int rows) =>
        terms.to_type(ScalarType.Float64).reshape(rows, -1).sum(1).cpu().data<double>().ToArray();
}
