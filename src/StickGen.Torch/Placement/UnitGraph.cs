using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Units;

namespace StickGen.Compression;

/// <summary>
/// The flat graph of an instance in terms of units: what is left of module boundaries once they are bound.
/// </summary>
internal sealed class UnitGraph(TracedModel traced)
{
    private readonly List<UnitStep> inputs = [];
    private readonly Dictionary<TracedNode, UnitStep?> byNode = [];

    public TracedModel Traced { get; } = traced;

    /// <summary>Inputs, units and nodes that only move values, each after what it reads.</summary>
    public IReadOnlyList<UnitStep> Steps { get; private set; } = [];

    public void AddInput(InputUnit unit, GraphValue value) => inputs.Add(new(unit, null, [], value));

    public void Add(Unit unit, IReadOnlyList<TracedNode> nodes, IReadOnlyList<GraphValue> values)
    {
        foreach (var node in nodes)
            byNode.Add(node, null);
        byNode[nodes[^1]] = new(unit, null, values, nodes[^1].Output);
    }

    /// <summary>Whether a node is part of a unit.</summary>
    public bool Has(TracedNode node) => byNode.ContainsKey(node);

    /// <summary>Puts the steps in order; nodes without a unit only move values.</summary>
    public void Seal()
    {
        var steps = new List<UnitStep>(inputs);
        foreach (var node in Traced.Nodes)
        {
            if (byNode.TryGetValue(node, out var step))
            {
                if (step is not null)
                    steps.Add(step);
            }
            else if (NodeKinds.OnlyMoves(node.Kind))
                steps.Add(new(null, node, node.Inputs, node.Output));
            else
                throw new CompressionException($"'{node.Name}' has no unit in the emitted code.");
        }

        Steps = steps;
    }
}

/// <summary>One step: a unit, or a node that only moves values.</summary>
internal sealed record UnitStep(Unit? Unit, TracedNode? Mover, IReadOnlyList<GraphValue> Inputs, GraphValue Output);
