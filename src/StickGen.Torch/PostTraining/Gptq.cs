using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// GPTQ (Frantar et al. 2023, arXiv:2210.17323): rounds the weights of a linear layer input by input, and changes the weights that are not rounded yet so that they make up for the error
/// in the layer's output. Rows are independent of each other. Unlike in the reference code, the scales of a group are chosen from weights that have all corrections so far,
/// those of its own block included.
/// </summary>
public static class Gptq
{
    /// <summary>Inputs that are rounded before their errors are brought to all others at once.</summary>
    private const int BlockSize = 128;

    /// <summary>Quantizes a layer.</summary>
    /// <param name="weight">[outputs, inputs], finite.</param>
    /// <param name="inputs">What the layer's inputs are like.</param>
    /// <param name="scheme">Bits, group size, symmetry.</param>
    /// <param name="options">The defaults if left out.</param>
    /// <param name="ranges">
    /// [outputs, inputs]: the extremes of each group are a range that another step chose for it, from which <paramref name="weight"/> may differ. Each row is then rounded twice, with these ranges and
    /// with its own, and keeps the integers that leave the smaller error in the layer's output. Own ranges alone if left out.
    /// </param>
    /// <exception cref="CompressionException">An option is out of range or contradicts another, sizes do not fit, or nothing was seen of the inputs.</exception>
    /// <exception cref="ArgumentException">The group size does not divide the inputs, or a weight is not finite.</exception>
    public static GroupedWeights Quantize(Tensor weight, InputCovariance inputs, GroupScheme scheme, GptqOptions? options = null, Tensor? ranges = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(scheme);
        options ??= new();
        options.Validate(scheme);
        if (weight.dim() != 2 || weight.shape[1] != inputs.Columns)
            throw new CompressionException($"The weight has the shape [{string.Join(", ", weight.shape)}]; two dimensions with {inputs.Columns} inputs are expected.");
        if (ranges is not null && !ranges.shape.AsSpan().SequenceEqual(weight.shape))
            throw new CompressionException($"The weight that has the ranges has the shape [{string.Join(", ", ranges.shape)}], and the weight [{string.Join(", ", weight.shape)}]; they have to be the same.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var values = weight.detach().to_type(ScalarType.Float64).cpu().clone();
        var hessian = inputs.Mean();
        var dead = hessian.diagonal() == 0;
        hessian.diagonal().masked_fill_(dead, 1);
        values.masked_fill_(dead.unsqueeze(0), 0);
        var order = options.DescendingActivations ? hessian.diagonal().argsort(descending: true) : arange(inputs.Columns, ScalarType.Int64);
        hessian.diagonal().add_(options.Damping * hessian.diagonal().mean());
        hessian = hessian.index_select(0, order).index_select(1, order);
        // The upper Cholesky factor of the inverse: row i has what an error of input i costs the inputs after it, once those before it are fixed.
        var corrections = linalg.cholesky(cholesky_inverse(linalg.cholesky(hessian))).t().contiguous();
        var indices = order.data<long>().ToArray();
        var rounding = Round(options.StaticGroups || scheme.GroupSize == 0 ? values : null);
        if (ranges is not null)
            rounding.TakeBetterRows(Round(ranges.detach().to_type(ScalarType.Float64).cpu().contiguous()));
        return rounding.ToWeights();

        GroupRounding Round(Tensor? chosen)
        {
            var rounding = new GroupRounding(scheme, checked((int)weight.shape[0]), inputs.Columns);
            if (chosen is not null)
                rounding.ChooseAll(chosen.data<double>().ToArray());
            RoundAll(values.index_select(1, order), corrections, indices, rounding);
            return rounding;
        }
    }

    private static void RoundAll(Tensor values, Tensor corrections, long[] order, GroupRounding rounding)
    {
        var columns = order.Length;
        // A block is whole groups, so that scales are chosen from weights that have all corrections.
        var length = rounding.GroupLength;
        var blockSize = rounding.HasAll ? BlockSize : Math.Max(1, BlockSize / length) * length;
        for (var start = 0; start < columns; start += blockSize)
        {
            using var scope = NewDisposeScope();
            var width = Math.Min(blockSize, columns - start);
            var block = values.narrow(1, start, width).contiguous().data<double>().ToArray();
            var own = corrections.narrow(0, start, width).narrow(1, start, width).contiguous().data<double>().ToArray();
            var errors = new double[block.Length];
            Parallel.For(0, rounding.Rows, row => RoundRow(block.AsSpan(row * width, width), own, errors.AsSpan(row * width, width), order.AsSpan(start, width), row, rounding));
            var rest = columns - start - width;
            if (rest > 0)
                values.narrow(1, start + width, rest).sub_(tensor(errors, [rounding.Rows, width]).matmul(corrections.narrow(0, start, width).narrow(1, start + width, rest)));
        }
    }

    private static void RoundRow(Span<double> weights, ReadOnlySpan<double> corrections, Span<double> errors, ReadOnlySpan<long> order, int row, GroupRounding rounding)
    {
        var error = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            var column = (int)order[i];
            if (!rounding.HasAll && column % rounding.GroupLength == 0)
                rounding.Choose(row, column / rounding.GroupLength, weights.Slice(i, rounding.GroupLength));
            var correction = corrections.Slice(i * weights.Length, weights.Length);
            errors[i] = (weights[i] - rounding.Round(row, column, weights[i])) / correction[i];
            for (var j = i; j < weights.Length; j++)
                weights[j] -= errors[i] * correction[j];
            error += errors[i] * errors[i];
        }

        rounding.AddError(row, error);
    }
}
