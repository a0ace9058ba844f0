using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>What a model costs with some of its channels, without making it.</summary>
internal sealed class ModelCost
{
    private readonly IReadOnlyList<PrunableModule> modules;
    private readonly Dictionary<nn.Module, List<Shape?>> calls = new(ReferenceEqualityComparer.Instance);
    private readonly long otherParameters;

    public ModelCost(ChannelGroups groups)
    {
        modules = groups.Modules;
        foreach (var node in groups.Traced.Nodes)
        {
            if (node.Module is not { } module)
                continue;
            if (!calls.TryGetValue(module, out var shapes))
                calls.Add(module, shapes = []);
            shapes.Add(node.Output.Shape);
        }

        var all = ((nn.Module)(object)groups.Traced.Root.Model).parameters().Sum(p => p.numel());
        otherParameters = all - modules.Sum(m => m.ParameterCount(KeptChannels.All));
    }

    /// <summary>All parameters of the model.</summary>
    public long Parameters(KeptChannels kept) => otherParameters + modules.Sum(m => m.ParameterCount(kept));

    /// <summary>The multiply-accumulates of all layers for one sample.</summary>
    public long Multiplications(KeptChannels kept) => modules.Sum(m => Multiplications(m, kept));

    /// <summary>The multiply-accumulates of all calls of a module for one sample.</summary>
    public long Multiplications(PrunableModule module, KeptChannels kept) =>
        calls.TryGetValue(module.Module, out var shapes) ? shapes.Sum(s => module.Multiplications(s, kept)) : 0;
}
