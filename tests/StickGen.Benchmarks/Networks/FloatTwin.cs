using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Benchmarks.Networks;

/// <summary>The network in float32 whose weights are what the integers of a quantized one stand for.</summary>
internal static class FloatTwin
{
    public static ModelGraph Of(ModelGraph quantized)
    {
        var graph = new ModelGraph(quantized.Name);
        var twins = quantized.Inputs.ToDictionary(i => i, i => graph.AddInput(i.Name, i.Shape));
        foreach (var node in quantized.Nodes)
        {
            twins[node.Output] = node.Operation switch
            {
                Quantize or Dequantize => twins[node.Inputs[0]],
                // The only table of these networks; that of softmax has no float form either.
                Lookup => graph.Add(node.Name, new Elementwise(ElementFunction.Gelu), [twins[node.Inputs[0]]]),
                Softmax => graph.Add(node.Name, node.Operation, [twins[node.Inputs[0]]]),
                _ => graph.Add(node.Name, node.Operation, [.. node.Inputs.Select((input, i) => twins.TryGetValue(input, out var twin) ? twin : Constant(graph, node, i))]),
            };
        }

        foreach (var output in quantized.Outputs)
            graph.AddOutput(twins[output]);
        return graph;
    }

    private static GraphValue Constant(ModelGraph graph, GraphNode node, int index)
    {
        var constant = node.Inputs[index];
        if (constant.Type == ElementType.Float32)
            return graph.AddConstant(constant.Name, constant.Type, constant.Shape!, constant.Data);
        var scales = node.Inputs[1].Quantization!.Scales;
        // A bias has the scale of the products.
        var step = constant.Type == ElementType.Int32 ? node.Inputs[0].Quantization!.Scale : 1;
        int[] integers = constant.Type == ElementType.Int32
            ? MemoryMarshal.Cast<byte, int>(constant.Data.Span).ToArray()
            : [.. MemoryMarshal.Cast<byte, sbyte>(constant.Data.Span)];
        var ofChannel = integers.Length / scales.Length;
        var values = integers.Select((q, i) => q * scales[i / ofChannel] * step).ToArray();
        return graph.AddConstant(constant.Name, ElementType.Float32, constant.Shape!, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }
}
