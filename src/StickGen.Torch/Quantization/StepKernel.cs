using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>The passes over memory of <see cref="LearnedStep"/> and <see cref="StraightThrough"/>.</summary>
internal static class StepKernel
{
    // Parts are cut independently of the number of threads, so that sums do not depend on it.
    private const int PartLength = 1 << 16;

    // Float32 sums of this length are exact enough; they are added up in float64.
    private const int BlockLength = 1 << 10;

    /// <summary><c>s · clamp(round(x / s), low − z, high − z)</c>, the bits of <see cref="AffineQuantization"/>.</summary>
    public static Tensor Round(Tensor x, AffineParameters range)
    {
        if (x.dtype != ScalarType.Float32 || x.device_type != DeviceType.CPU || x.numel() == 0)
            return RoundByOperations(x, range);

        using var scope = NewDisposeScope();
        var source = x.is_contiguous() ? x : x.contiguous();
        var result = empty_like(source);
        ForEachPart(source, range, (row, begin, length) =>
        {
            var (scale, low, high) = Row(range, row);
            Round(Rows.Elements(source).Slice(begin, length), Rows.Elements(result).Slice(begin, length), scale, low, high);
            return default;
        });
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of <paramref name="x"/>, and the sums of each channel or of the whole tensor.</summary>
    public static (Tensor Gradient, StepGradient[] Sums) Gradient(Tensor x, Tensor upstream, AffineParameters range)
    {
        if (x.dtype != ScalarType.Float32 || x.device_type != DeviceType.CPU || x.numel() == 0)
            return GradientByOperations(x, upstream, range);

        using var scope = NewDisposeScope();
        var source = x.is_contiguous() ? x : x.contiguous();
        var incoming = upstream.is_contiguous() ? upstream : upstream.contiguous();
        var result = empty_like(source);
        var sums = ForEachPart(source, range, (row, begin, length) =>
        {
            var (scale, low, high) = Row(range, row);
            return Gradient(
                Rows.Elements(source).Slice(begin, length), Rows.Elements(incoming).Slice(begin, length),
                Rows.Elements(result).Slice(begin, length), scale, low, high);
        });
        return (result.MoveToOuterDisposeScope(), sums);
    }

    /// <summary><paramref name="upstream"/> where <paramref name="x"/> is between two ends, both included, and 0 elsewhere. Float32 on the CPU.</summary>
    public static Tensor Between(Tensor x, Tensor upstream, AffineParameters range, (float Low, float High) ends)
    {
        using var scope = NewDisposeScope();
        var source = x.is_contiguous() ? x : x.contiguous();
        var incoming = upstream.is_contiguous() ? upstream : upstream.contiguous();
        var result = empty_like(source);
        ForEachPart(source, range, (_, begin, length) =>
        {
            Between(Rows.Elements(source).Slice(begin, length), Rows.Elements(incoming).Slice(begin, length), Rows.Elements(result).Slice(begin, length), ends);
            return default;
        });
        return result.MoveToOuterDisposeScope();
    }

    private static (float Scale, float Low, float High) Row(AffineParameters range, int row) =>
        (range.Scales[row], range.Low - range.ZeroPoints[row], range.High - range.ZeroPoints[row]);

    private static StepGradient[] ForEachPart(Tensor x, AffineParameters range, Func<int, int, int, StepGradient> run)
    {
        var rows = range.Scales.Length;
        var rowLength = checked((int)(x.numel() / rows));
        var partsOfRow = ((rowLength - 1) / PartLength) + 1;
        var parts = new StepGradient[rows * partsOfRow];
        void RunPart(int part)
        {
            var (row, begin) = (part / partsOfRow, part % partsOfRow * PartLength);
            parts[part] = run(row, (row * rowLength) + begin, Math.Min(PartLength, rowLength - begin));
        }

        if (x.numel() > 2 * PartLength && get_num_threads() > 1)
            Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, RunPart);
        else
        {
            for (var part = 0; part < parts.Length; part++)
                RunPart(part);
        }

        var sums = new StepGradient[rows];
        for (var part = 0; part < parts.Length; part++)
            sums[part / partsOfRow] += parts[part];
        return sums;
    }

    private static void Round(ReadOnlySpan<float> x, Span<float> y, float scale, float low, float high)
    {
        var (step, bottom, top) = (Vector256.Create(scale), Vector256.Create(low), Vector256.Create(high));
        var from = MemoryMarshal.Cast<float, Vector256<float>>(x);
        var to = MemoryMarshal.Cast<float, Vector256<float>>(y);
        for (var i = 0; i < from.Length; i++)
            to[i] = Vector256.Round(Vector256.Min(Vector256.Max(from[i] / step, bottom), top)) * step;
        for (var i = from.Length * Vector256<float>.Count; i < x.Length; i++)
            y[i] = MathF.Round(MathF.Min(MathF.Max(x[i] / scale, low), high)) * scale;
    }

    private static void Between(ReadOnlySpan<float> x, ReadOnlySpan<float> upstream, Span<float> result, (float Low, float High) ends)
    {
        var (low, high) = (Vector256.Create(ends.Low), Vector256.Create(ends.High));
        var values = MemoryMarshal.Cast<float, Vector256<float>>(x);
        var incoming = MemoryMarshal.Cast<float, Vector256<float>>(upstream);
        var outgoing = MemoryMarshal.Cast<float, Vector256<float>>(result);
        for (var i = 0; i < values.Length; i++)
            outgoing[i] = incoming[i] & Vector256.GreaterThanOrEqual(values[i], low) & Vector256.LessThanOrEqual(values[i], high);
        for (var i = values.Length * Vector256<float>.Count; i < x.Length; i++)
            result[i] = x[i] >= ends.Low && x[i] <= ends.High ? upstream[i] : 0;
    }

    private static StepGradient Gradient(
        ReadOnlySpan<float> x, ReadOnlySpan<float> upstream, Span<float> result, float scale, float low, float high)
    {
        var sum = default(StepGradient);
        for (var begin = 0; begin < x.Length; begin += BlockLength)
        {
            var length = Math.Min(BlockLength, x.Length - begin);
            sum += GradientOfBlock(x.Slice(begin, length), upstream.Slice(begin, length), result.Slice(begin, length), scale, low, high);
        }

        return sum;
    }

    private static StepGradient GradientOfBlock(
        ReadOnlySpan<float> x, ReadOnlySpan<float> upstream, Span<float> result, float scale, float low, float high)
    {
        var (step, bottom, top) = (Vector256.Create(scale), Vector256.Create(low), Vector256.Create(high));
        var values = MemoryMarshal.Cast<float, Vector256<float>>(x);
        var incoming = MemoryMarshal.Cast<float, Vector256<float>>(upstream);
        var outgoing = MemoryMarshal.Cast<float, Vector256<float>>(result);
        var (inside, below, above) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (var i = 0; i < values.Length; i++)
        {
            var (v, g) = (values[i] / step, incoming[i]);
            var (isBelow, isAbove) = (Vector256.LessThan(v, bottom), Vector256.GreaterThan(v, top));
            var through = Vector256.AndNot(g, isBelow | isAbove);
            outgoing[i] = through;
            // Clamped, because through is zero far outside, and zero times infinity is not.
            var clamped = Vector256.Min(Vector256.Max(v, bottom), top);
            inside += through * (Vector256.Round(clamped) - clamped);
            below += g & isBelow;
            above += g & isAbove;
        }

        var sum = new StepGradient(Vector256.Sum(inside), Vector256.Sum(below), Vector256.Sum(above));
        for (var i = values.Length * Vector256<float>.Count; i < x.Length; i++)
        {
            var (v, g) = (x[i] / scale, upstream[i]);
            result[i] = v < low || v > high ? 0 : g;
            sum += v < low ? new(0, g, 0) : v > high ? new(0, 0, g) : new(g * (MathF.Round(v) - v), 0, 0);
        }

        return sum;
    }

    private static Tensor RoundByOperations(Tensor x, AffineParameters range)
    {
        using var scope = NewDisposeScope();
        return FakeQuantize.Steps(x, range).mul_(FakeQuantize.AlongChannels(range.Scales, x)).MoveToOuterDisposeScope();
    }

    private static (Tensor Gradient, StepGradient[] Sums) GradientByOperations(Tensor x, Tensor upstream, AffineParameters range)
    {
        using var scope = NewDisposeScope();
        var v = x.div(FakeQuantize.AlongChannels(range.Scales, x));
        var isBelow = v.lt(FakeQuantize.AlongChannels([.. range.ZeroPoints.Select(z => (float)(range.Low - z))], x));
        var isAbove = v.gt(FakeQuantize.AlongChannels([.. range.ZeroPoints.Select(z => (float)(range.High - z))], x));
        var gradient = upstream.masked_fill(isBelow.logical_or(isAbove), 0);
        var inside = Sum(gradient.mul(v.round().sub(v)).masked_fill(isBelow.logical_or(isAbove), 0));
        var below = Sum(upstream.masked_fill(isBelow.logical_not(), 0));
        var above = Sum(upstream.masked_fill(isAbove.logical_not(), 0));
        var sums = inside.Select((s, i) => new StepGradient(s, below[i], above[i])).ToArray();
        return (gradient.MoveToOuterDisposeScope(), sums);

        double[] Sum(Tensor terms) =>
            terms.to_type(ScalarType.Float64).reshape(range.Scales.Length, -1).sum(1).cpu().data<double>().ToArray();
    }
}
