using System.Globalization;
using System.Text;
using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>The modules of a model before and after pruning, as a tree with parameters and multiplications.</summary>
public sealed class PruningReport
{
    private PruningReport(PruningReportRow root) => Root = root;

    /// <summary>The model as a whole.</summary>
    public PruningReportRow Root { get; }

    /// <summary>The share of the parameters that is left.</summary>
    public double ParameterRatio => (double)Root.ParametersAfter / Root.ParametersBefore;

    /// <summary>The share of the multiplications that is left; 1 for a model that has none.</summary>
    public double MultiplicationRatio => Root.MultiplicationsBefore == 0 ? 1 : (double)Root.MultiplicationsAfter / Root.MultiplicationsBefore;

    /// <summary>What a model becomes with the channels of a selection.</summary>
    public static PruningReport Of(ChannelSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var kept = selection.ToKept();
        var cost = new ModelCost(selection.Groups);
        var prunable = selection.Groups.Modules.ToDictionary(m => m.Module);
        return new(Row(selection.Groups.Model, (nn.Module)(object)selection.Groups.Traced.Root.Model));

        PruningReportRow Row(string name, nn.Module module)
        {
            var children = module.named_children().Select(c => Row(c.name, c.module)).ToList();
            var own = module.named_parameters(recurse: false).Sum(p => p.parameter.numel());
            var (before, after) = ("", "");
            var (multiplications, left) = (cost.Products(module, KeptChannels.All), cost.Products(module, kept));
            var ownAfter = own - selection.Groups.Modules.OfType<PrunableState>().Where(s => s.Owner == module).Sum(s => s.ParameterCount(KeptChannels.All) - s.ParameterCount(kept));
            if (prunable.TryGetValue(module, out var known))
            {
                (before, after) = (Sizes(known, KeptChannels.All), Sizes(known, kept));
                ownAfter = known.ParameterCount(kept);
                multiplications = cost.Multiplications(known, KeptChannels.All);
                left = cost.Multiplications(known, kept);
            }

            return new(
                name, module.GetType().Name, before, after,
                own + children.Sum(c => c.ParametersBefore), ownAfter + children.Sum(c => c.ParametersAfter),
                multiplications + children.Sum(c => c.MultiplicationsBefore), left + children.Sum(c => c.MultiplicationsAfter), children);
        }
    }

    /// <summary>
    /// A model and what was made of it, whatever was removed or replaced. Modules are compared by their names; one that only one of the two has
    /// costs nothing in the other.
    /// </summary>
    /// <param name="before">The model.</param>
    /// <param name="after">A variant of it.</param>
    /// <param name="inputs">Shapes that replace the declared ones.</param>
    public static PruningReport Of(ICompressible before, ICompressible after, params ReadOnlySpan<Shape> inputs)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new(ModuleCosts.Compare(before.ModelName, ModuleCosts.Of(before, inputs), ModuleCosts.Of(after, inputs)));
    }

    /// <summary>The tree as a text table; a module that stays as it is has no entry after the arrow.</summary>
    public override string ToString()
    {
        string[] header = ["Module", "Type", "Channels", "Parameters", "MACs"];
        var rows = new List<string[]> { header };
        Add(Root, 0);
        var widths = header.Select((_, i) => rows.Max(r => r[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.AppendLine(string.Join("  ", row.Select((cell, i) => i < 3 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        return text.ToString();

        void Add(PruningReportRow row, int depth)
        {
            rows.Add(
            [
                new string(' ', 2 * depth) + row.Name, row.Type, Arrow(row.ChannelsBefore, row.ChannelsAfter),
                Arrow(Number(row.ParametersBefore), Number(row.ParametersAfter)),
                row.MultiplicationsBefore == 0 ? "" : Arrow(Number(row.MultiplicationsBefore), Number(row.MultiplicationsAfter)),
            ]);
            foreach (var child in row.Children)
                Add(child, depth + 1);
        }
    }

    private static string Sizes(PrunableModule module, KeptChannels kept)
    {
        // As layers are written: what is read, then what is computed.
        var sizes = module.Axes.OrderBy(a => a.Role == ChannelRole.Input ? 0 : 1).Select(a => kept.CountOf(a).ToString(CultureInfo.InvariantCulture));
        return string.Join('×', sizes);
    }

    private static string Arrow(string before, string after) => before == after ? before : $"{before} → {after}";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>A module with what is in it.</summary>
/// <param name="Name">The name in its parent.</param>
/// <param name="Type">The name of its class.</param>
/// <param name="ChannelsBefore">Its channels, read × computed, or empty.</param>
/// <param name="ChannelsAfter">The same after pruning.</param>
/// <param name="ParametersBefore">Its parameters, with those of its children, in numbers.</param>
/// <param name="ParametersAfter">The same after pruning.</param>
/// <param name="MultiplicationsBefore">Multiply-accumulates of convolutions and linear layers in it for one sample, over all calls.</param>
/// <param name="MultiplicationsAfter">The same after pruning.</param>
/// <param name="Children">The modules in it.</param>
public sealed record PruningReportRow(
    string Name, string Type, string ChannelsBefore, string ChannelsAfter, long ParametersBefore, long ParametersAfter,
    long MultiplicationsBefore, long MultiplicationsAfter, IReadOnlyList<PruningReportRow> Children);
