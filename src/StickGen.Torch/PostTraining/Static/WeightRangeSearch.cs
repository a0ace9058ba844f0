using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Finds the range of a weight, of each channel by itself where each has a scale, with the least squared error of rounding to nearest.</summary>
internal static class WeightRangeSearch
{
    private const int Shares = 100, SmallestShare = 10;

    /// <summary>Sets the range of the layer's quantizer.</summary>
    public static void Apply(CalibratedLayer layer)
    {
        using var scope = NewDisposeScope();
        var (quantizer, weight) = (layer.Quantizer, layer.FoldedWeight());
        var rows = weight.reshape(quantizer.Scheme.PerChannel ? layer.Outputs : 1, -1);
        var largest = rows.abs().amax([1L], true);
        var (best, least) = (largest.clone(), full_like(largest, double.PositiveInfinity));
        for (var share = Shares; share >= SmallestShare; share--)
        {
            using var inner = NewDisposeScope();
            var end = largest * ((double)share / Shares);
            // A channel of zeros has no error with any range.
            var scale = end.div(quantizer.Scheme.QMax).clamp_min(float.Epsilon);
            var error = rows.div(scale).clamp(quantizer.Scheme.QMin, quantizer.Scheme.QMax).round().mul(scale).sub(rows).square().sum(1, true);
            var isLess = error.lt(least);
            best.copy_(where(isLess, end, best));
            least.copy_(where(isLess, error, least));
        }

        var range = best.reshape(quantizer.Observer.Maximum.shape);
        quantizer.Observer.Maximum.copy_(range);
        quantizer.Observer.Minimum.copy_(range.neg());
    }
}
