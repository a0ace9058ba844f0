using System.Collections.Immutable;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Planning;

/// <summary>Gives the named dimensions of a graph sizes; all shapes of the result are fixed.</summary>
internal static class GraphBinder
{
    /// <exception cref="ArgumentException">The sizes do not fit an operation, or a shape stays unknown.</exception>
    public static ModelGraph Bind(ModelGraph graph, IReadOnlyList<string> names, ReadOnlySpan<long> sizes)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
            known.Add(names[i], sizes[i]);

        var bound = new ModelGraph(graph.Name);
        foreach (var input in graph.Inputs)
            bound.AddInput(input.Name, new Shape(input.Shape!.Select(Bind).ToArray()), input.Type);
        foreach (var constant in graph.Values.Values.Where(v => v.IsConstant))
            bound.AddConstant(constant.Name, constant.Type, constant.Shape!, constant.Data, constant.Quantization);
        foreach (var node in graph.Nodes)
        {
            var operation = node.Operation switch
            {
                Reshape reshape => new Reshape([.. reshape.Target.Select(Bind)]),
                Expand expand => new Expand(new([.. expand.Target.Select(Bind)])),
                Slice slice => slice with { Length = Bind(slice.Length) },
                PositionSlice slice => slice with { Length = Bind(slice.Length) },
                var other => other,
            };
            var output = bound.Add(
                node.Name, operation, [.. node.Inputs.Select(i => bound.Values[i.Name])], node.Output.Quantization, node.Source);
            if (output.Shape is not { IsFixed: true })
                throw new ArgumentException($"The shape {output.Shape} of '{output.Name}' cannot be computed from {string.Join(", ", bound.Inputs)}.");
        }

        foreach (var output in graph.Outputs)
            bound.AddOutput(bound.Values[output.Name]);
        return bound;

        Dimension Bind(Dimension dimension) =>
            dimension.Symbol is not { } name ? dimension
            : known.TryGetValue(name, out var size) ? checked(dimension.Factor * size)
            : throw new ArgumentException($"The dimension '{name}' is none of the inputs'.");
    }
}
