using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Makes the modules of a model smaller.</summary>
public static class Surgery
{
    /// <summary>
    /// The modules that lose channels, made anew without them, with copies of what is kept of their weights; the model is only read. Parameters
    /// that <c>forward</c> reads by themselves are no modules: a pruned variant makes them smaller too (<see cref="PruningState.Shrink{TPruned}"/>).
    /// </summary>
    /// <returns>For each such module of the model the smaller one. They belong to the caller.</returns>
    /// <exception cref="CompressionException">All channels of a module would be removed.</exception>
    public static IReadOnlyDictionary<nn.Module, nn.Module> Shrink(ChannelSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var kept = selection.ToKept();
        var result = new Dictionary<nn.Module, nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var module in selection.Groups.Modules.Where(m => m is not PrunableState && kept.Changes(m)))
            result.Add(module.Module, module.Shrink(kept));
        return result;
    }

    /// <summary>What is kept of parameters and buffers that are operands, by their keys in the state dictionary.</summary>
    internal static Dictionary<string, Tensor> ShrinkStates(ChannelSelection selection)
    {
        var kept = selection.ToKept();
        return selection.Groups.Modules.OfType<PrunableState>().Where(kept.Changes).ToDictionary(s => s.Path, s => s.Kept(kept));
    }

    /// <summary>
    /// Zeros, in the live model, the weights that removed channels have: those that compute them and those that read them, so that the
    /// model computes what the smaller one does, except for norms that take statistics over channels.
    /// </summary>
    /// <exception cref="CompressionException">All channels of a module would be removed.</exception>
    public static void Zero(ChannelSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var kept = selection.ToKept();
        foreach (var module in selection.Groups.Modules.Where(kept.Changes))
            module.Zero(kept);
    }
}
