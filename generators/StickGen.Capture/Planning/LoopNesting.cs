using StickGen.Capture.Models;

namespace StickGen.Capture.Planning;

/// <summary>Which loops the nodes and loops of a model are in, by name; the empty name stands for none.</summary>
internal sealed class LoopNesting
{
    private readonly Dictionary<int, string> ofNode = [];
    private readonly Dictionary<string, string> ofLoop = new(StringComparer.Ordinal);

    public LoopNesting(SequenceRegion body) => Visit(body, "");

    /// <summary>The loops directly inside of one.</summary>
    public IEnumerable<string> Inside(string loop) => ofLoop.Where(pair => pair.Value == loop).Select(pair => pair.Key);

    /// <summary>The innermost loop that a node is in.</summary>
    public string OfNode(int node) => ofNode[node];

    /// <summary>The loop that a loop is in.</summary>
    public string Outer(string loop) => ofLoop[loop];

    private void Visit(CapturedRegion region, string loop)
    {
        switch (region)
        {
            case SequenceRegion sequence:
                foreach (var inner in sequence.Regions)
                    Visit(inner, loop);
                break;
            case ChoiceRegion choice:
                foreach (var branch in choice.Branches)
                    Visit(branch.Body, loop);
                break;
            case LoopRegion inner:
                ofLoop.Add(inner.Name, loop);
                Visit(inner.Body, inner.Name);
                break;
            case StatementRegion statement:
                foreach (var node in statement.Steps.OfType<NodeStep>())
                    ofNode.Add(node.Node.Id, loop);
                break;
        }
    }
}
