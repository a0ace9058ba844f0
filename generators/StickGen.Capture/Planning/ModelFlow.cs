using StickGen.Capture.Models;

namespace StickGen.Capture.Planning;

/// <summary>Who computes and who reads the values of a captured model.</summary>
internal sealed class ModelFlow
{
    /// <summary>Stands for readers that are not nodes: the result, code, locals.</summary>
    private const int Outside = -1;

    private readonly Dictionary<int, CapturedNode> producers = [];
    private readonly Dictionary<int, HashSet<int>> readers = [];

    public ModelFlow(CapturedRegion body) => Visit(body);

    /// <summary>The nodes in the order of evaluation.</summary>
    public List<CapturedNode> Nodes { get; } = [];

    /// <summary>The node that computes a value, or <see langword="null"/> for an input.</summary>
    public CapturedNode? Producer(int value) => producers.TryGetValue(value, out var node) ? node : null;

    /// <summary>Whether a value is read by some of the nodes and by nothing else.</summary>
    public bool IsReadOnlyBy(int value, ICollection<int> nodes) =>
        readers.TryGetValue(value, out var all) && all.All(nodes.Contains);

    private void Visit(CapturedRegion region)
    {
        switch (region)
        {
            case SequenceRegion sequence:
                foreach (var inner in sequence.Regions)
                    Visit(inner);
                break;
            case StatementRegion statement:
                foreach (var step in statement.Steps)
                    Visit(step);
                break;
        }
    }

    private void Visit(CapturedStep step)
    {
        switch (step)
        {
            case NodeStep { Node: var node }:
                Nodes.Add(node);
                producers[node.Id] = node;
                foreach (var operand in node.Operands)
                    Read(operand, node.Id);
                foreach (var value in node.Code.ForwardValues)
                    Read(value, node.Id);
                break;
            case LocalStep { Value: var value }:
                foreach (var read in value.ForwardValues)
                    Read(read, Outside);
                break;
            case CodeStep { Code: var code }:
                foreach (var read in code.ForwardValues)
                    Read(read, Outside);
                break;
            case ReturnStep { Values: var values }:
                foreach (var value in values)
                    Read(value, Outside);
                break;
        }
    }

    private void Read(int value, int reader)
    {
        if (!readers.TryGetValue(value, out var all))
            readers.Add(value, all = []);
        all.Add(reader);
    }
}
