using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Finds, place by place, the scales with which a whole block has the least error, all of its layers quantized.</summary>
internal static class ScaleSearch
{
    /// <param name="block">The block.</param>
    /// <param name="site">The place, whose scales are applied if some are better than none.</param>
    /// <param name="candidates">Scales, [channels].</param>
    /// <param name="error">The error of the block as it is.</param>
    /// <returns>The least error.</returns>
    public static double Run(QuantizationBlock block, FoldSite site, IEnumerable<Tensor> candidates, double error)
    {
        Tensor? best = null;
        foreach (var scale in candidates)
        {
            block.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var layer in site.Layers)
                layer.TryScaled(site.ToInputs(scale));
            var tried = block.Error();
            if (tried < error)
            {
                best?.Dispose();
                (best, error) = (scale.clone().MoveToOuterDisposeScope(), tried);
            }
        }

        foreach (var layer in site.Layers)
            layer.Try(null);
        if (best is not null)
            site.Scale(best);
        return error;
    }
}
