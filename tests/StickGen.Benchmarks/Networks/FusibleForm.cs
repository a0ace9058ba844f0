using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Benchmarks.Networks;

/// <summary>
/// The form of a quantized network that ONNX Runtime is fastest with: GELU and softmax are float operators between DequantizeLinear and QuantizeLinear,
/// which it fuses. StickGen itself exports a table for the one, and operators for the other that give the same integers.
/// </summary>
internal static class FusibleForm
{
    public static ModelGraph Of(ModelGraph quantized)
    {
        var graph = new ModelGraph(quantized.Name);
        var forms = quantized.Inputs.ToDictionary(i => i, i => graph.AddInput(i.Name, i.Shape));
        foreach (var node in quantized.Nodes)
        {
            forms[node.Output] = node.Operation switch
            {
                Lookup => AsFloat(node, new Elementwise(ElementFunction.Gelu)),
                Softmax => AsFloat(node, node.Operation),
                _ => graph.Add(node.Name, node.Operation, [.. node.Inputs.Select(i => forms.TryGetValue(i, out var form) ? form : Constant(i))], node.Output.Quantization),
            };
        }

        foreach (var output in quantized.Outputs)
            graph.AddOutput(forms[output]);
        return graph;

        GraphValue AsFloat(GraphNode node, Operation operation)
        {
            var real = graph.Add($"{node.Name}.real", operation, [graph.Add($"{node.Name}.input", new Dequantize(), [forms[node.Inputs[0]]])]);
            return graph.Add(node.Name, new Quantize(), [real], node.Output.Quantization);
        }

        GraphValue Constant(GraphValue value) => graph.AddConstant(value.Name, value.Type, value.Shape!, value.Data, value.Quantization);
    }
}
