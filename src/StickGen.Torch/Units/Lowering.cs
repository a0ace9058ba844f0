using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>The integer model while units add themselves to it.</summary>
public sealed class Lowering
{
    internal Lowering(ModelGraph graph) => Graph = graph;

    /// <summary>The integer model so far.</summary>
    public ModelGraph Graph { get; }

    /// <summary>Adds the node of a unit, named as the unit, whose result is quantized if the unit is.</summary>
    public GraphValue Add(Unit unit, Operation operation, ReadOnlySpan<GraphValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(unit);
        return Graph.Add(
            unit.Name, operation, inputs,
            unit.IsQuantized ? unit.Output.Parameters.ToValueQuantization() : null,
            unit.Site.Nodes is [.., var last] ? last.Source : "");
    }

    /// <summary>Adds a float32 constant.</summary>
    public GraphValue AddConstant(string name, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Graph.AddConstant(name, ElementType.Float32, Shape.Of(values.shape), MemoryMarshal.AsBytes<float>(values.ToFloats()).ToArray());
    }
}
