using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Sizes and errors of a calibrated variant.</summary>
internal static class ReportBuilder
{
    public static PostTrainingReport Build(LayerPlan plan, FakeQuantization state, nn.Module variant, string method)
    {
        var quantized = plan.Layers.Select(Of).ToList();
        var kept = state.Units.OfType<LinearUnit>().Where(u => u.Quantized is null).DistinctBy(u => u.Layer)
            .Select(u => new LayerReport(u.Name, null, FloatBytes(u.Layer), FloatBytes(u.Layer)));
        var layers = plan.Layers.Select(l => (nn.Module)l.Linear).ToHashSet(ReferenceEqualityComparer.Instance);
        var rest = Bytes(variant, layers) + state.BorrowedModules.Sum(b => Bytes(b.Module, layers));
        return new(
            method, [.. plan.Reports], [.. quantized, .. kept], rest + quantized.Sum(l => l.FloatBytes), rest + quantized.Sum(l => l.QuantizedBytes),
            [.. plan.Kept.Select(name => $"{name}: kept in float"), .. plan.CacheNotes, .. plan.Notes])
        {
            Attentions = [.. plan.Attentions.Select(Of)],
        };
    }

    /// <summary>Parameters of all modules but some.</summary>
    private static long Bytes(nn.Module module, HashSet<object?> without) =>
        module.modules().Append(module).Where(m => !without.Contains(m)).Sum(m => m.named_parameters(recurse: false).Sum(p => sizeof(float) * p.parameter.numel()));

    /// <summary>What the cache of an attention has of a token.</summary>
    private static AttentionReport Of(CachedAttention attention) => new(
        attention.Name, attention.Tensors.Any(t => t.NeedsScales) ? KeyValuePrecision.Int8PerChannel : KeyValuePrecision.Int8PerToken, attention.Tensors.Sum(t => sizeof(float) * t.Heads * t.Size),
        attention.Tensors.Where(t => t.Size > 0).Sum(t => t.Heads * (t.Size + (t.NeedsScales ? 0 : sizeof(float)))));

    private static long FloatBytes(TorchSharp.Modules.Linear linear) => sizeof(float) * (linear.weight.numel() + (linear.bias?.numel() ?? 0));

    /// <summary>The sizes of a layer.</summary>
    internal static LayerReport Of(BlockLayer layer)
    {
        var bias = sizeof(float) * (layer.Bias?.numel() ?? 0);
        long weights = (long)layer.Outputs * layer.Inputs, groups = weights / layer.Scheme.GroupLength(layer.Inputs);
        // 3 bits take the room of 4.
        var stored = layer.Scheme.Bits == 3 ? 4 : layer.Scheme.Bits;
        var perRow = ((layer.Inputs * stored) + 7) / 8;
        return new(
            layer.Name, layer.Scheme, (sizeof(float) * weights) + bias, ((long)layer.Outputs * perRow) + (groups * (layer.Scheme.Symmetric ? sizeof(float) : sizeof(float) + 1)) + bias);
    }
}
