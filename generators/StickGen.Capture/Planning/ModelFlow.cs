using StickGen.Capture.Models;

namespace StickGen.Capture.Planning;

/// <summary>Who computes and who reads the values of a captured model.</summary>
internal sealed class ModelFlow
{
    /// <summary>Stands for readers that are not nodes: the result, code, locals.</summary>
    private const int Outside = -1;

    private readonly Dictionary<int, CapturedNode> producers = [];
    private readonly Dictionary<int, HashSet<int>> readers = [];
    private readonly Dictionary<int, int> regions = [];
    private int regionCount;

    public ModelFlow(SequenceRegion body) => Visit(body);

    /// <summary>The nodes in the order of evaluation.</summary>
    public List<CapturedNode> Nodes { get; } = [];

    /// <summary>The node that computes a value, or <see langword="null"/> for an input and for a joined value.</summary>
    public CapturedNode? Producer(int value) => producers.TryGetValue(value, out var node) ? node : null;

    /// <summary>Whether a value is read by some of the nodes and by nothing else.</summary>
    public bool IsReadOnlyBy(int value, ICollection<int> nodes) =>
        readers.TryGetValue(value, out var all) && all.All(nodes.Contains);

    /// <summary>Where a node is: nodes of different regions may not run together.</summary>
    public int RegionOf(CapturedNode node) => regions[node.Id];

    private void Visit(SequenceRegion sequence)
    {
        var region = regionCount++;
        foreach (var inner in sequence.Regions)
        {
            if (inner is LoopRegion loop)
            {
                Visit(loop.Body);
                foreach (var read in loop.Header.Code().SelectMany(code => code.ForwardValues).Concat(loop.Joins.Select(join => join.Initial)))
                    Read(read, Outside);
            }

            if (inner is ChoiceRegion choice)
            {
                foreach (var branch in choice.Branches)
                {
                    Visit(branch.Body);
                    foreach (var read in branch.Condition?.ForwardValues ?? [])
                        Read(read, Outside);
                }

                foreach (var join in choice.Joins)
                    Read(join.Initial, Outside);
            }

            // What runs before a return does not run together with what runs after it.
            if (inner is ChoiceRegion or LoopRegion && inner.MayEnd())
                region = regionCount++;

            foreach (var step in inner is StatementRegion statement ? statement.Steps : [])
                Visit(step, region);
        }
    }

    private void Visit(CapturedStep step, int region)
    {
        var reader = Outside;
        if (step is NodeStep { Node: var node })
        {
            Nodes.Add(node);
            producers[node.Id] = node;
            regions[node.Id] = region;
            reader = node.Id;
        }

        foreach (var value in step.Reads())
            Read(value, reader);
    }

    private void Read(int value, int reader)
    {
        if (!readers.TryGetValue(value, out var all))
            readers.Add(value, all = []);
        all.Add(reader);
    }
}
