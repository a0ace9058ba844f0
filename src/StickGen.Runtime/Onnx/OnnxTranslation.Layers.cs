using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Onnx;

/// <content>Layers with weights.</content>
internal sealed partial class OnnxTranslation
{
    private readonly Dictionary<(GraphValue Weight, bool Signed, bool Transposed), string> weights = [];
    private readonly Dictionary<GraphValue, string> integerConstants = [];
    private readonly HashSet<GraphValue> named = [];

    private void Convolve(GraphNode node, Conv2d conv)
    {
        var window = conv.Window;
        Compute(
            node,
            "Conv",
            [Real(node.Inputs[0]), Weight(node), .. Bias(node)],
            conv.Activation,
            OnnxAttribute.Integers("kernel_shape", window.Kernel.Height, window.Kernel.Width),
            OnnxAttribute.Integers("strides", window.Stride.Height, window.Stride.Width),
            OnnxAttribute.Integers("pads", window.Padding.Height, window.Padding.Width, window.Padding.Height, window.Padding.Width),
            OnnxAttribute.Integers("dilations", window.Dilation.Height, window.Dilation.Width),
            OnnxAttribute.Integer("group", conv.Groups));
    }

    /// <summary>Gemm for matrices, which has the bias inside and the weight as it is; MatMul for what has another rank.</summary>
    private void Multiply(GraphNode node, Linear linear)
    {
        var input = Real(node.Inputs[0]);
        if (node.Inputs[0].Shape is { Rank: 2 })
        {
            Compute(
                node, "Gemm", [input, Weight(node), .. Bias(node)], linear.Activation, OnnxAttribute.Integer("transB", 1));
            return;
        }

        var weight = Weight(node, transposed: true);
        if (Bias(node) is not [var bias])
        {
            Compute(node, "MatMul", [input, weight], linear.Activation);
            return;
        }

        var product = onnx.Fresh($"{node.Name}.product");
        onnx.Add("MatMul", [input, weight], product);
        Compute(node, "Add", [product, bias], linear.Activation);
    }

    /// <summary>The name of a layer's weight in real numbers.</summary>
    private string Weight(GraphNode node, bool transposed = false)
    {
        var weight = node.Inputs[1];
        var signed = node.Inputs[0].Quantization is not { } input
            || signedWeights == SignedWeights.Always
            || WeightForm.IsSignedSafe(weight, input);
        if (weights.TryGetValue((weight, signed, transposed), out var known))
            return known;
        var name = weight.Quantization is { } quantization
            ? IntegerWeight(weight, quantization, signed, transposed)
            : transposed ? TransposedFloatWeight(weight) : FloatConstant(weight);
        weights.Add((weight, signed, transposed), name);
        return name;
    }

    private string IntegerWeight(GraphValue weight, ValueQuantization quantization, bool signed, bool transposed)
    {
        var values = MemoryMarshal.Cast<byte, sbyte>(weight.Data.Span).ToArray();
        if (transposed)
            values = Transpose(values, weight);
        if (!signed)
            values = Array.ConvertAll(values, w => unchecked((sbyte)(w + WeightForm.UnsignedZeroPoint)));
        var (type, zeroPoint) = signed ? (OnnxType.Int8, (byte)0) : (OnnxType.UInt8, (byte)WeightForm.UnsignedZeroPoint);

        var zeroPoints = new byte[quantization.Scales.Length];
        Array.Fill(zeroPoints, zeroPoint);
        var parameterShape = ParameterShape(quantization);
        var real = Named(weight);
        onnx.Add(
            "DequantizeLinear",
            [
                onnx.AddConstant<sbyte>($"{weight.Name}.{(signed ? "s8" : "u8")}", type, Sizes(weight, transposed), values),
                onnx.AddConstant($"{weight.Name}.scale", OnnxType.Float, parameterShape, quantization.Scales.AsSpan()),
                onnx.AddConstant<byte>($"{weight.Name}.zero_point", type, parameterShape, zeroPoints),
            ],
            real,
            OnnxAttribute.Integer("axis", transposed ? 1 : 0));
        return real;
    }

    private string TransposedFloatWeight(GraphValue weight) => onnx.AddConstant<float>(
        $"{weight.Name}.transposed",
        OnnxType.Float,
        Sizes(weight, transposed: true),
        Transpose(MemoryMarshal.Cast<byte, float>(weight.Data.Span).ToArray(), weight));

    /// <summary>The name of a layer's bias in real numbers, if it has one.</summary>
    private string[] Bias(GraphNode node)
    {
        if (node.Inputs.Count < 3)
            return [];
        var bias = node.Inputs[2];
        if (node.Inputs[0].Quantization is not { } input)
            return [FloatConstant(bias)];

        var weight = node.Inputs[1].Quantization!;
        var scales = Array.ConvertAll(weight.Scales.ToArray(), s => Requantization.FloatFactor(input.Scale, s));
        foreach (var scale in scales)
        {
            if (!float.IsNormal(scale))
                throw Unsupported(node, $"the scale {scale} of its bias, that of its input ({input.Scale}) times that of its weight, is not a normal float32.");
        }

        if (!integerConstants.TryGetValue(bias, out var values))
        {
            values = onnx.Fresh($"{bias.Name}.s32");
            onnx.AddBytes(values, OnnxType.Int32, Sizes(bias), bias.Data);
            integerConstants.Add(bias, values);
        }

        // Not shared between layers that share a bias: its scale is also that of the input.
        var real = Named(bias);
        onnx.Add(
            "DequantizeLinear",
            [values, onnx.AddConstant<float>($"{node.Name}.bias_scale", OnnxType.Float, ParameterShape(weight), scales)],
            real,
            OnnxAttribute.Integer("axis", 0));
        return [real];
    }

    /// <summary>The name of a float32 constant, which is added when it is first used.</summary>
    private string FloatConstant(GraphValue constant)
    {
        if (named.Add(constant))
            onnx.AddBytes(constant.Name, OnnxType.Float, Sizes(constant), constant.Data);
        return constant.Name;
    }

    /// <summary>The name of a quantized constant in real numbers: its own, unless it is used in a second form.</summary>
    private string Named(GraphValue constant) => named.Add(constant) ? constant.Name : onnx.Fresh($"{constant.Name}.real");

    /// <summary>A scalar, or a vector with an element for each channel.</summary>
    private static long[] ParameterShape(ValueQuantization quantization) => quantization.Axis is null ? [] : [quantization.Scales.Length];

    private static long[] Sizes(GraphValue constant, bool transposed = false)
    {
        long[] sizes = [.. constant.Shape!.Select(d => d.Size)];
        if (transposed)
            Array.Reverse(sizes);
        return sizes;
    }

    private static T[] Transpose<T>(T[] values, GraphValue matrix)
    {
        var (rows, columns) = ((int)matrix.Shape![0].Size, (int)matrix.Shape[1].Size);
        var result = new T[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                result[(column * rows) + row] = values[(row * columns) + column];
        }

        return result;
    }
}
