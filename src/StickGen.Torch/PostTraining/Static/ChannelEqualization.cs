using StickGen.Compression;
using StickGen.Operations;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Cross-layer equalization (Nagel et al. 2019, section 4.1): with <c>s = √(r₁/r₂)</c> in each channel, where r₁ is the largest weight of the first layer that computes it and r₂ the largest of the second that reads
/// it, the first is divided by s and the second multiplied, so that both have the range <c>√(r₁·r₂)</c>. A layer may be second of one pair and first of the next: pairs are gone through until nothing changes.
/// </summary>
internal static class ChannelEqualization
{
    private const int MostSweeps = 200;
    private const double Tolerance = 1e-4;

    /// <summary>Equalizes, and notes where it is not possible.</summary>
    /// <returns>The pairs.</returns>
    public static List<EqualizedPair> Run(FakeQuantization state, CalibratedLayers layers)
    {
        using var scope = NewDisposeScope();
        var sites = EqualizationSites.Find(state, layers).Sites.Where(s => s.Relu6.Count == 0).ToList();
        var weights = sites.SelectMany(s => new[] { s.First, s.Second }).Distinct().ToDictionary(l => l, l => l.FoldedWeight().abs_());
        var scales = sites.ConvertAll(s => ones(s.First.Outputs, device: weights[s.First].device));
        for (var (sweep, moved) = (0, double.PositiveInfinity); moved > Tolerance && sweep < MostSweeps; sweep++)
        {
            moved = 0;
            for (var i = 0; i < sites.Count; i++)
                moved = Math.Max(moved, Step(sites[i], weights, scales[i]));
        }

        for (var i = 0; i < sites.Count; i++)
        {
            sites[i].First.ScaleOutputs(scales[i]);
            sites[i].Second.ScaleInputs(scales[i].repeat_interleave(sites[i].Spread));
        }

        return [.. sites.Zip(scales, (s, scale) => new EqualizedPair(s.First.Name, s.Second.Name, scale.min().item<float>(), scale.max().item<float>()))];
    }

    /// <summary>The layers whose channels are not scaled, and why.</summary>
    public static IEnumerable<string> Refusals(FakeQuantization state, CalibratedLayers layers)
    {
        var sites = EqualizationSites.Find(state, layers);
        return sites.Sites.Where(s => s.Relu6.Count > 0)
            .Select(s => (s.First.Name, Reason: $"'{s.Relu6[0].Name}' is a ReLU6, through which channels cannot be scaled; {nameof(StaticQuantizationOptions.ReplaceRelu6)} makes it a ReLU"))
            .Concat(sites.Refusals)
            .Select(r => $"{r.Name}: not equalized: {r.Reason}");
    }

    /// <summary>Makes a ReLU of each ReLU6 that is between two layers which can be equalized then.</summary>
    public static void ReplaceRelu6(FakeQuantization state)
    {
        using var layers = CalibratedLayers.Of(state);
        foreach (var unit in EqualizationSites.Find(state, layers).Sites.SelectMany(s => s.Relu6))
        {
            if (unit is WeightedUnit layer)
                layer.Activation = Activation.Relu;
            else if (unit is ActivationUnit alone)
                alone.Activation = Activation.Relu;
        }
    }

    /// <summary>Equalizes one pair.</summary>
    /// <param name="site">The pair.</param>
    /// <param name="weights">The magnitudes of weights, which change.</param>
    /// <param name="total">What the channels were divided by so far, which changes.</param>
    /// <returns>The largest logarithm of a scale.</returns>
    private static double Step(EqualizationSite site, Dictionary<CalibratedLayer, Tensor> weights, Tensor total)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (weights[site.First], weights[site.Second]);
        var (computed, read) = (first.flatten(1).amax([1L]), LargestOfInputs(site, second));
        // A channel without weights on one side has no ratio, and is left alone.
        var scale = where(computed.gt(0) & read.gt(0), computed.div(read).sqrt(), ones_like(computed));
        scale = where(scale.isfinite() & scale.gt(0), scale, ones_like(scale));
        first.div_(site.First.AlongOutputs(scale));
        second.mul_(site.Second.AlongInputs(scale.repeat_interleave(site.Spread), second));
        total.mul_(scale);
        return scale.log().abs().max().item<float>();
    }

    /// <summary>The largest weight that reads a channel, [channels].</summary>
    private static Tensor LargestOfInputs(EqualizationSite site, Tensor weight)
    {
        // [groups, outputs of a group, inputs of a group, …]: the inputs of all groups, one after the other.
        var layer = site.Second;
        var inputs = weight.reshape(layer.Groups, layer.Outputs / layer.Groups, layer.Inputs / layer.Groups, -1).amax([1L, 3L]).reshape(-1);
        return inputs.reshape(-1, site.Spread).amax([1L]);
    }
}
