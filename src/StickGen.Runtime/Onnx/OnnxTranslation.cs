using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Onnx;

/// <summary>
/// From a valid graph to ONNX, node by node. A value keeps its name for what it is in real numbers; the integers of a
/// quantized one are beside it under <c>name.u8</c>. Operations that compute read real numbers and are followed by QuantizeLinear,
/// which is the pattern that runtimes fuse; those that only move or select values work on the integers themselves, so that
/// nothing is rounded.
/// </summary>
internal sealed partial class OnnxTranslation
{
    private readonly OnnxGraph onnx;
    private readonly Dictionary<GraphValue, string> integers = [];
    private readonly Dictionary<(float Scale, int ZeroPoint), (string Scale, string ZeroPoint)> parameters = [];

    private readonly SignedWeights signedWeights;

    private OnnxTranslation(ModelGraph graph, SignedWeights signedWeights) =>
        (onnx, this.signedWeights) = (new(graph.Name, graph.Values.Keys), signedWeights);

    /// <exception cref="NotSupportedException">A node has no form in ONNX; the message names it and the reason.</exception>
    public static OnnxGraph Translate(ModelGraph graph, SignedWeights signedWeights)
    {
        var translation = new OnnxTranslation(graph, signedWeights);
        foreach (var input in graph.Inputs)
            translation.onnx.AddInput(input);
        foreach (var node in graph.Nodes)
            translation.Translate(node);
        foreach (var output in graph.Outputs)
            translation.onnx.AddOutput(output);
        return translation.onnx;
    }

    private void Translate(GraphNode node)
    {
        switch (node.Operation)
        {
            case Quantize:
                ToIntegers(node, node.Inputs[0].Name, Activation.None);
                break;
            case Dequantize:
                ToReal(node.Inputs[0], node.Output.Name);
                break;
            case Conv2d conv:
                Convolve(node, conv);
                break;
            case Linear linear:
                Multiply(node, linear);
                break;
            case Add add:
                Compute(node, "Add", [Real(node.Inputs[0]), Real(node.Inputs[1])], add.Activation);
                break;
            case MatMul:
                Compute(node, "MatMul", [Real(node.Inputs[0]), Real(node.Inputs[1])]);
                break;
            case Softmax softmax:
                Softmax(node, softmax);
                break;
            case Normalize normalize:
                Normalize(node, normalize);
                break;
            case Arithmetic arithmetic:
                Compute(node, arithmetic);
                break;
            case Reduce reduce:
                Reduce(node, reduce);
                break;
            case Permute permute:
                Permute(node, permute);
                break;
            case Slice slice:
                Slice(node, slice);
                break;
            case Select select:
                Select(node, select);
                break;
            case Expand expand:
                Expand(node, expand);
                break;
            case Upsample upsample:
                Upsample(node, upsample);
                break;
            case State:
                onnx.Add("Identity", [FloatConstant(node.Inputs[0])], node.Output.Name);
                break;
            case Lookup:
                LookUp(node);
                break;
            case Elementwise { Function: ElementFunction.Gelu }:
                Gelu(node);
                break;
            case Elementwise elementwise when Operator(elementwise.Function) is { } type:
                Compute(node, type, [Real(node.Inputs[0])]);
                break;
            case Activate activate:
                Activate(node, activate.Activation);
                break;
            case BatchNorm norm:
                Normalize(node, norm);
                break;
            case MaxPool2d pool:
                MaxPool(node, pool);
                break;
            case AvgPool2d pool:
                MeanPool(node, pool);
                break;
            case AdaptiveAvgPool2d:
                AdaptiveMeanPool(node);
                break;
            case Concat concat:
                Move(node, "Concat", [], OnnxAttribute.Integer("axis", concat.Axis));
                break;
            case Dropout:
                Move(node, "Identity", []);
                break;
            case Flatten or Reshape:
                SetShape(node);
                break;
            default:
                throw Unsupported(node, "this operation has no form in ONNX here.");
        }
    }

    /// <summary>Adds an operator that computes the node's value, its activation, and the quantization of the result.</summary>
    private void Compute(
        GraphNode node, string type, ReadOnlySpan<string> inputs, Activation activation = Activation.None, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var output = node.Output;
        if (output.Quantization is null && activation == Activation.None)
        {
            onnx.Add(type, inputs, output.Name, attributes);
            return;
        }

        var real = onnx.Fresh($"{output.Name}.real");
        onnx.Add(type, inputs, real, attributes);
        if (output.Quantization is null)
            Activate(real, output.Name, activation);
        else
            ToIntegers(node, real, activation);
    }

    /// <summary>
    /// Adds an operator that moves or selects values: of the integers if there are any, without rounding them again. The
    /// extra inputs follow the node's own.
    /// </summary>
    private void Move(GraphNode node, string type, ReadOnlySpan<string> extraInputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
        onnx.Add(type, [.. node.Inputs.Select(Stored), .. extraInputs], Result(node), attributes);

    /// <summary>The name of a value as it is stored: integers if it is quantized, else real numbers.</summary>
    private string Stored(GraphValue value) => value.Quantization is null ? value.Name : integers[value];

    /// <summary>The name for a node's value as it is stored, to be computed next.</summary>
    private string Result(GraphNode node)
    {
        var output = node.Output;
        if (output.Quantization is null)
            return output.Name;
        var name = onnx.Fresh($"{output.Name}.u8");
        integers.Add(output, name);
        return name;
    }

    private static NotSupportedException Unsupported(GraphNode node, string reason) =>
        new($"The node '{node.Name}' ({node.Operation.Kind}) cannot be exported to ONNX: {reason}");
}
