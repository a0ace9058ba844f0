using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>What each module of a live model costs by itself, without those in it.</summary>
internal sealed class ModuleCosts
{
    private readonly nn.Module module;
    private readonly Dictionary<nn.Module, long> multiplications;
    private readonly List<(string Name, ModuleCosts Costs)> children;

    private ModuleCosts(nn.Module module, Dictionary<nn.Module, long> multiplications)
    {
        (this.module, this.multiplications) = (module, multiplications);
        children = [.. module.named_children().Where(c => c.name != PruningState.Prefix).Select(c => (c.name, new ModuleCosts(c.module, multiplications)))];
    }

    private long Parameters => module.named_parameters(recurse: false).Sum(p => p.parameter.numel());

    private long Multiplications => multiplications.GetValueOrDefault(module);

    /// <summary>The channels of a layer, read × computed, or empty.</summary>
    private string Channels => module switch
    {
        Convolution m => $"{m.in_channels}×{m.out_channels}",
        Linear m => $"{m.weight.shape[1]}×{m.weight.shape[0]}",
        NormBase m => $"{m.num_features}",
        LayerNorm m => string.Join('×', m.normalized_shape),
        _ => "",
    };

    public static ModuleCosts Of(ICompressible model, ReadOnlySpan<Shape> inputs)
    {
        var traced = Tracer.Run(model, inputs);
        var counts = ModelStatistics.Of(traced.Graph).Nodes.ToDictionary(n => n.Node, n => n.Macs ?? 0);
        var multiplications = new Dictionary<nn.Module, long>(ReferenceEqualityComparer.Instance);
        foreach (var node in traced.Nodes)
        {
            var owner = node.Module ?? (nn.Module)(object)node.Scope.Model;
            multiplications[owner] = multiplications.GetValueOrDefault(owner) + counts.GetValueOrDefault(node.Node);
        }

        return new((nn.Module)(object)model, multiplications);
    }

    /// <summary>The row of a module, with those of the modules in it before and after.</summary>
    public static PruningReportRow Compare(string name, ModuleCosts? before, ModuleCosts? after)
    {
        var names = (before?.children ?? []).Concat(after?.children ?? []).Select(c => c.Name).Distinct();
        var rows = names.Select(n => Compare(n, Find(before, n), Find(after, n))).ToList();
        var (left, right) = (TypeOf(before), TypeOf(after));
        return new(
            name, left == right || left.Length == 0 || right.Length == 0 ? left + (left == right ? "" : right) : $"{left} → {right}",
            before?.Channels ?? "", after?.Channels ?? "",
            (before?.Parameters ?? 0) + rows.Sum(r => r.ParametersBefore), (after?.Parameters ?? 0) + rows.Sum(r => r.ParametersAfter),
            (before?.Multiplications ?? 0) + rows.Sum(r => r.MultiplicationsBefore), (after?.Multiplications ?? 0) + rows.Sum(r => r.MultiplicationsAfter), rows);
    }

    private static ModuleCosts? Find(ModuleCosts? parent, string name) => parent?.children.FirstOrDefault(c => c.Name == name).Costs;

    /// <summary>The user's name of a class; a variant has that of its model.</summary>
    private static string TypeOf(ModuleCosts? costs) => costs is null ? "" : costs.module is ICompressible compressible ? compressible.ModelName : costs.module.GetType().Name;
}
