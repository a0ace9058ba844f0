using System.Globalization;
using StickGen.Compression;

namespace StickGen.PostTraining;

/// <summary>Divides the layers of a model into blocks: the compressible modules that the model calls out of a list, or those that the user names.</summary>
internal static class BlockFinder
{
    /// <param name="traced">The model.</param>
    /// <param name="layers">The layers to quantize, each with the call that it is in.</param>
    /// <param name="options">What the user asks for.</param>
    /// <param name="outside">The layers of no block.</param>
    public static IReadOnlyList<BlockPlan> Find(
        TracedModel traced, IReadOnlyList<(BlockLayer Layer, TracedScope Scope)> layers, PostTrainingOptions options, out IReadOnlyList<BlockLayer> outside)
    {
        var scopes = options.Blocks.Count > 0 ? Named(traced, options.Blocks) : Repeated(traced);
        var blocks = new List<BlockPlan>();
        var taken = new HashSet<BlockLayer>();
        foreach (var scope in scopes)
        {
            var own = layers.Where(l => LayerPlan.Covers(scope.Path, l.Scope.Path)).Select(l => l.Layer).ToList();
            taken.UnionWith(own);
            if (own.Count > 0)
                blocks.Add(new(scope.Path, scope, own));
        }

        var rest = layers.Select(l => l.Layer).Where(l => !taken.Contains(l)).ToList();
        outside = rest;
        if (rest.Count > 0 && (options.QuantizeOutside || blocks.Count == 0))
        {
            blocks.Add(new(traced.Root.Model.ModelName, traced.Root, rest));
            outside = [];
        }

        return blocks;
    }

    /// <summary>Calls of modules in lists, none of them inside of another one.</summary>
    private static List<TracedScope> Repeated(TracedModel traced)
    {
        var blocks = new List<TracedScope>();
        foreach (var scope in traced.Scopes.Where(s => s.Path.Length > 0 && IsNumber(LastName(s.Path))))
        {
            if (!blocks.Exists(b => LayerPlan.Covers(b.Path, scope.Path)))
                blocks.Add(scope);
        }

        return blocks;
    }

    private static List<TracedScope> Named(TracedModel traced, IReadOnlyList<string> paths)
    {
        var blocks = new List<TracedScope>();
        foreach (var path in paths)
        {
            var found = traced.Scopes.Where(s => s.Path == path).ToList();
            if (found.Count == 0)
                found = [.. traced.Scopes.Where(s => s.Path.Length > 0 && ListOf(s.Path) == path)];
            if (found.Count == 0)
                throw new CompressionException($"There is no block '{path}': it is neither a compressible module nor a list of such. "
                    + $"There are {string.Join(", ", traced.Scopes.Skip(1).Take(8).Select(s => $"'{s.Path}'"))}.");
            blocks.AddRange(found);
        }

        foreach (var block in blocks)
        {
            if (blocks.Find(b => b != block && LayerPlan.Covers(b.Path, block.Path)) is { } outer)
                throw new CompressionException($"The block '{block.Path}' is inside of the block '{outer.Path}'; one of both is expected.");
        }

        // In the order in which the model runs them.
        return [.. traced.Scopes.Where(blocks.Contains)];
    }

    private static string LastName(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static string ListOf(string path) => path.LastIndexOf('.') is var dot and >= 0 ? path[..dot] : "";

    private static bool IsNumber(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
