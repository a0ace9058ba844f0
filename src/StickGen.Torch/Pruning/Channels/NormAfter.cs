using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Finds the batch normalization of a layer.</summary>
internal static class NormAfter
{
    /// <summary>The batch normalization that alone reads what a module computes, or <see langword="null"/>.</summary>
    public static NormBase? Of(TracedModel traced, nn.Module module)
    {
        var norms = traced.Nodes
            .Where(n => n.Module == module)
            .Select(n => n.Output.Consumers is [var consumer] ? traced.Nodes.First(t => t.Node == consumer).Module as NormBase : null)
            .Distinct()
            .ToList();
        return norms is [{ } norm] ? norm : null;
    }
}
