using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Onnx;

/// <content>Activations and batch normalization.</content>
internal sealed partial class OnnxTranslation
{
    private const float Six = 6f;

    /// <summary>An activation on its own: bounds of integers, or of real numbers.</summary>
    private void Activate(GraphNode node, Activation activation)
    {
        if (node.Output.Quantization is { } quantization)
        {
            var (low, high) = activation.Bounds(quantization);
            Clip(Stored(node.Inputs[0]), Result(node), low, high);
        }
        else
        {
            Activate(node.Inputs[0].Name, node.Output.Name, activation);
        }
    }

    private void Activate(string source, string target, Activation activation)
    {
        if (activation == Activation.Relu6)
        {
            onnx.Add(
                "Clip",
                [source, onnx.AddConstant($"{target}.low", OnnxType.Float, [], 0f), onnx.AddConstant($"{target}.high", OnnxType.Float, [], Six)],
                target);
        }
        else
        {
            onnx.Add(activation == Activation.Relu ? "Relu" : "Identity", [source], target);
        }
    }

    private void Compute(GraphNode node, Arithmetic arithmetic)
    {
        var type = arithmetic.Function switch
        {
            ArithmeticFunction.Multiply => "Mul",
            ArithmeticFunction.Subtract => "Sub",
            ArithmeticFunction.Divide => "Div",
            _ => "Add",
        };
        var first = Real(node.Inputs[0]);
        if (arithmetic.Number is not { } number)
        {
            Compute(node, type, [first, Real(node.Inputs[1])]);
            return;
        }

        var constant = onnx.AddConstant($"{node.Name}.number", OnnxType.Float, [], (float)number);
        Compute(node, type, arithmetic.NumberFirst ? [constant, first] : [first, constant]);
    }

    /// <summary>The operator of a function that has one.</summary>
    private static string? Operator(ElementFunction function) => function switch
    {
        ElementFunction.Relu => "Relu",
        ElementFunction.Sigmoid => "Sigmoid",
        ElementFunction.Tanh => "Tanh",
        ElementFunction.Exp => "Exp",
        ElementFunction.Erf => "Erf",
        ElementFunction.Sqrt => "Sqrt",
        ElementFunction.Reciprocal => "Reciprocal",
        ElementFunction.Abs => "Abs",
        ElementFunction.Neg => "Neg",
        _ => null,
    };

    /// <summary>A table is one everywhere: the integers are positions in it.</summary>
    private void LookUp(GraphNode node)
    {
        var positions = onnx.Fresh($"{node.Output.Name}.positions");
        onnx.Add("Cast", [Stored(node.Inputs[0])], positions, OnnxAttribute.Integer("to", (long)OnnxType.Int32));
        var table = onnx.Fresh(node.Inputs[1].Name);
        onnx.AddBytes(table, OnnxType.UInt8, [Lookup.Entries], node.Inputs[1].Data);
        onnx.Add("Gather", [table, positions], Result(node));
    }

    /// <summary>x · (1 + erf(x / √2)) / 2, in the order in which runtimes know it: an operator of its own comes with version 20.</summary>
    private void Gelu(GraphNode node)
    {
        var x = Real(node.Inputs[0]);
        string Step(string what, string type, params ReadOnlySpan<string> inputs)
        {
            var name = onnx.Fresh($"{node.Name}.{what}");
            onnx.Add(type, inputs, name);
            return name;
        }

        string Constant(string what, float value) => onnx.AddConstant($"{node.Name}.{what}", OnnxType.Float, [], value);
        var erf = Step("erf", "Erf", Step("scaled", "Div", x, Constant("root", MathF.Sqrt(2))));
        Compute(node, "Mul", [Step("product", "Mul", x, Step("sum", "Add", erf, Constant("one", 1))), Constant("half", 0.5f)]);
    }

    private void Normalize(GraphNode node, Normalize normalize)
    {
        if (normalize.Function == "group_norm")
        {
            NormalizeGroups(node, normalize);
            return;
        }

        var shape = node.Inputs[0].Shape!.Skip(node.Inputs[0].Shape!.Rank - normalize.Size).Select(size => size.Size).ToArray();
        var ones = Enumerable.Repeat(1f, (int)shape.Aggregate(1L, (a, b) => a * b)).ToArray();
        var weight = node.Inputs.Count > 1 ? FloatConstant(node.Inputs[1]) : onnx.AddConstant($"{node.Name}.ones", OnnxType.Float, shape, ones.AsSpan());
        Compute(
            node,
            "LayerNormalization",
            [Real(node.Inputs[0]), weight, .. node.Inputs.Skip(2).Select(FloatConstant)],
            Activation.None,
            OnnxAttribute.Integer("axis", -normalize.Size),
            OnnxAttribute.Float("epsilon", (float)normalize.Epsilon));
    }

    /// <summary>
    /// A group is a channel of another shape, whose own parameters are 1 and 0: the operators of version 17 have a normalization of channels, and
    /// none of groups.
    /// </summary>
    private void NormalizeGroups(GraphNode node, Normalize normalize)
    {
        var (input, shape) = (Real(node.Inputs[0]), node.Inputs[0].Shape!);
        var (size, grouped, normalized, result) = (
            onnx.Fresh($"{node.Name}.size"), onnx.Fresh($"{node.Name}.grouped"), onnx.Fresh($"{node.Name}.normalized"), onnx.Fresh($"{node.Name}.ungrouped"));
        string Parameters(string what, float value) =>
            onnx.AddConstant($"{node.Name}.{what}", OnnxType.Float, [normalize.Size], Enumerable.Repeat(value, normalize.Size).ToArray().AsSpan());
        onnx.Add("Shape", [input], size);
        onnx.Add("Reshape", [input, onnx.AddConstant<long>($"{node.Name}.groups", OnnxType.Int64, [3], 0, normalize.Size, -1)], grouped);
        onnx.Add(
            "InstanceNormalization",
            [grouped, Parameters("ones", 1), Parameters("zeros", 0)],
            normalized,
            OnnxAttribute.Float("epsilon", (float)normalize.Epsilon));
        onnx.Add("Reshape", [normalized, size], result);

        // One number for each channel, whatever comes after the channels.
        long[] ofChannels = [shape[1].Size, .. Enumerable.Repeat(1L, shape.Rank - 2)];
        var constants = node.Inputs.Skip(1).Select(p => onnx.AddConstant($"{p.Name}.channels", OnnxType.Float, ofChannels, MemoryMarshal.Cast<byte, float>(p.Data.Span))).ToArray();
        if (constants is [var weight, .., var bias])
        {
            var scaled = onnx.Fresh($"{node.Name}.scaled");
            onnx.Add("Mul", [result, weight], scaled);
            Compute(node, "Add", [scaled, bias]);
        }
        else
        {
            Compute(node, constants.Length == 1 ? "Mul" : "Identity", [result, .. constants]);
        }
    }

    private void Normalize(GraphNode node, BatchNorm norm) => Compute(
        node,
        "BatchNormalization",
        [node.Inputs[0].Name, .. node.Inputs.Skip(1).Select(FloatConstant)],
        Activation.None,
        OnnxAttribute.Float("epsilon", (float)norm.Epsilon));
}
