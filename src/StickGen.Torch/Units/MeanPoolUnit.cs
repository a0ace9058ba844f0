using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The mean of windows: a sliding average pool, or an adaptive one.</summary>
public sealed class MeanPoolUnit : Unit
{
    private readonly Operation operation;

    /// <summary>A mean.</summary>
    /// <param name="site">The place in the model, which has one node: the pool.</param>
    public MeanPoolUnit(Site site)
        : base(site)
    {
        operation = site.Nodes[0].Operation;
        if (operation is not (AvgPool2d or AdaptiveAvgPool2d))
            throw new CompressionException($"'{site.Name}' is {operation}, not a mean.");
    }

    /// <inheritdoc/>
    public override string? LoweringProblem =>
        operation is AvgPool2d { DivisorOverride: < 1 } pool ? $"its divisor is {pool.DivisorOverride}; at least 1 is supported" : null;

    /// <inheritdoc/>
    protected override UnitPlacement DefaultPlacement => LoweringProblem is null ? UnitPlacement.Quantized : UnitPlacement.Float;

    /// <inheritdoc/>
    protected internal override bool IsNonNegative(bool inputsAre) => inputsAre && LoweringProblem is null;

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs) => operation switch
    {
        AvgPool2d pool => nn.functional.avg_pool2d(
            inputs[0], Array(pool.Window.Kernel), Array(pool.Window.Stride), Array(pool.Window.Padding),
            pool.CeilMode, pool.CountIncludePad, pool.DivisorOverride),
        // The module keeps a size that is not given; the functions have no such form.
        _ => nn.functional.adaptive_avg_pool2d(inputs[0], OutputSize(inputs[0])),
    };

    /// <inheritdoc/>
    protected override Tensor Simulate(ReadOnlySpan<Tensor> inputs) => Float(inputs);

    /// <inheritdoc/>
    protected override Tensor Exact(ReadOnlySpan<Tensor> inputs)
    {
        var steps = IntegerArithmetic.Steps(inputs[0], Inputs[0]);
        var (rows, columns) = (Axis(steps, 2), Axis(steps, 3));
        var largest = (long)rows.Max(w => w.End - w.Begin) * columns.Max(w => w.End - w.Begin) * Inputs[0].Parameters.Reach;
        var type = IntegerArithmetic.ExactType(largest, steps.device);

        // Sums over windows are separable: rows · image · columnsᵀ with matrices of zeros and ones.
        var sum = Indicator(rows, steps.shape[2], type, steps.device)
            .matmul(steps.to_type(type))
            .matmul(Indicator(columns, steps.shape[3], type, steps.device).t());

        var output = Output.Parameters.ToValueQuantization();
        return IntegerArithmetic.Requantize(sum, Multipliers(rows, columns, output.Scale, steps.device), output, (output.Low, output.High));
    }

    /// <inheritdoc/>
    protected internal override GraphValue Lower(Lowering lowering, ReadOnlySpan<GraphValue> inputs) => lowering.Add(this, operation, inputs);

    private static long[] Array(Size2 size) => [size.Height, size.Width];

    private static Tensor Indicator((int Begin, int End, int Count)[] windows, long size, ScalarType type, Device device)
    {
        var ones = new float[windows.Length, size];
        for (var i = 0; i < windows.Length; i++)
        {
            for (var j = windows[i].Begin; j < windows[i].End; j++)
                ones[i, j] = 1;
        }

        return tensor(ones, device: device).to_type(type);
    }

    private long[] OutputSize(Tensor x)
    {
        var size = ((AdaptiveAvgPool2d)operation).Output;
        return [size.Height == 0 ? x.shape[^2] : size.Height, size.Width == 0 ? x.shape[^1] : size.Width];
    }

    private Tensor Multipliers((int Begin, int End, int Count)[] rows, (int Begin, int End, int Count)[] columns, float outputScale, Device device)
    {
        var inputScale = Inputs[0].Parameters.Scale;
        var multipliers = new float[rows.Length, columns.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < columns.Length; j++)
            {
                var count = (operation as AvgPool2d)?.DivisorOverride ?? rows[i].Count * columns[j].Count;
                multipliers[i, j] = Requantization.MeanMultiplier(inputScale, outputScale, count);
            }
        }

        return tensor(multipliers, device: device);
    }

    /// <summary>The windows in one direction: where they begin and end in the image, and how many values they count as.</summary>
    private (int Begin, int End, int Count)[] Axis(Tensor image, int dimension)
    {
        var size = checked((int)image.shape[dimension]);
        if (operation is AvgPool2d pool)
            return dimension == 2
                ? Sliding(size, pool.Window.Kernel.Height, pool.Window.Stride.Height, pool.Window.Padding.Height, pool)
                : Sliding(size, pool.Window.Kernel.Width, pool.Window.Stride.Width, pool.Window.Padding.Width, pool);

        var windows = new (int Begin, int End, int Count)[OutputSize(image)[dimension - 2]];
        for (var i = 0; i < windows.Length; i++)
        {
            var begin = (int)((long)i * size / windows.Length);
            var end = (int)((((long)(i + 1) * size) + windows.Length - 1) / windows.Length);
            windows[i] = (begin, end, end - begin);
        }

        return windows;
    }

    // As PyTorch: padding counts up to the declared padding, not what ceil_mode adds after it.
    private static (int Begin, int End, int Count)[] Sliding(int size, int kernel, int stride, int padding, AvgPool2d pool)
    {
        var span = size + (2 * padding) - kernel;
        var count = ((pool.CeilMode ? span + stride - 1 : span) / stride) + 1;
        if (pool.CeilMode && (count - 1) * stride >= size + padding)
            count--;
        var windows = new (int Begin, int End, int Count)[count];
        for (var i = 0; i < count; i++)
        {
            var begin = (i * stride) - padding;
            var end = Math.Min(begin + kernel, size + padding);
            var (inside, outside) = (Math.Max(begin, 0), Math.Min(end, size));
            windows[i] = (inside, outside, pool.CountIncludePad ? end - begin : outside - inside);
        }

        return windows;
    }
}
