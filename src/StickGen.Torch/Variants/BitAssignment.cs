using StickGen.Graphs;
using StickGen.Units;

namespace StickGen.Compression;

/// <summary>Finds what the user asked for each site: in the algorithm's plan, or by attribute. Afterwards it says which entries found nothing.</summary>
internal sealed class BitAssignment(BitPlan plan)
{
    private readonly List<(LayerBits Entry, Site Site)> covered = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    /// <summary>What is asked for a site.</summary>
    /// <param name="site">The site.</param>
    /// <param name="marks">What attributes ask for its nodes.</param>
    /// <exception cref="CompressionException">Two that count alike ask for different bits.</exception>
    public void Assign(Site site, IEnumerable<Marks> marks)
    {
        string[] own = [site.Name, .. site.Nodes.SelectMany(NamesOf)];
        names.UnionWith(own);
        var entries = plan.Where(e => own.Any(e.Covers)).ToList();
        covered.AddRange(entries.Select(e => (e, site)));
        var attributes = marks.Select(m => m.Bits).OfType<LayerBits>().ToList();
        site.WeightBits = Choose(site, entries, attributes, e => e.Weights, "weights");
        site.ActivationBits = Choose(site, entries, attributes, e => e.Activations, "activations");
    }

    /// <exception cref="CompressionException">An entry covers nothing that has such bits.</exception>
    public void Check(IReadOnlyList<Unit> units)
    {
        foreach (var entry in plan)
        {
            var sites = covered.Where(c => c.Entry == entry).Select(c => c.Site).ToHashSet();
            if (sites.Count == 0)
                throw new CompressionException($"The bits of '{entry.Layer}' are for nothing: the model has no such layer. {Nearest(entry.Layer)}");
            if (entry.Weights is not null && !sites.Any(s => s.WeightQuantizers.Count > 0))
                throw new CompressionException($"'{entry.Layer}' has {entry.Weights} bits for weights, and no weights that are quantized{KeptFloat(sites)}.");
            if (entry.Activations is not null && !units.Any(u => sites.Contains(u.Site) && u.Output.Quantizer is not null))
                throw new CompressionException($"'{entry.Layer}' has {entry.Activations} bits for activations, and its result is not quantized{KeptFloat(sites)}.");
        }
    }

    private static int? Choose(Site site, List<LayerBits> entries, List<LayerBits> attributes, Func<LayerBits, int?> bits, string what)
    {
        foreach (var candidates in new[] { entries, attributes })
        {
            var asking = candidates.Where(e => bits(e) is not null).ToList();
            if (asking.Count == 0)
                continue;
            // One that another one is inside of does not count.
            var counting = asking.Where(e => !asking.Exists(f => f.Layer != e.Layer && e.Covers(f.Layer))).ToList();
            if (counting.Find(e => bits(e) != bits(counting[0])) is { } other)
                throw new CompressionException(
                    $"'{site.Name}' is one unit, and '{counting[0].Layer}' asks for {bits(counting[0])} bits for {what} there, '{other.Layer}' for {bits(other)}.");
            return bits(counting[0]);
        }

        return null;
    }

    /// <summary>A node's own name, and the path of its module, which differs where a module is called twice. The model's own parameters have none.</summary>
    private static IEnumerable<string> NamesOf(GraphNode node) =>
        node.Inputs.Where(i => i.IsConstant && i.Name.Contains('.', StringComparison.Ordinal)).Select(i => i.Name[..i.Name.LastIndexOf('.')])
            .Append(node.Name);

    private static string KeptFloat(IEnumerable<Site> sites) => sites.All(s => s.KeepFloat) ? "; it is kept in float" : "";

    private string Nearest(string name)
    {
        var nearest = names.OrderBy(n => Distance(n, name)).ThenBy(n => n, StringComparer.Ordinal).Take(3);
        return $"Nearest are {string.Join(", ", nearest.Select(n => $"'{n}'"))}.";
    }

    /// <summary>How many characters have to be changed, added or left out (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
