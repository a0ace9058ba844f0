using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Onnx;

/// <content>Between real numbers and integers.</content>
internal sealed partial class OnnxTranslation
{
    private readonly HashSet<GraphValue> dequantized = [];

    /// <summary>
    /// Adds the integers of a node's value. QuantizeLinear saturates to [0, 255]; what narrows that range (fewer bits, an
    /// activation) is a Clip of the integers: exact, where bounds in real numbers would be rounded, and it leaves QuantizeLinear
    /// next to the operator that runtimes fuse it with.
    /// </summary>
    private void ToIntegers(GraphNode node, string real, Activation activation)
    {
        var quantization = node.Output.Quantization!;
        var (low, high) = activation.Bounds(quantization);
        var (scale, zeroPoint) = Parameters(node, quantization);
        var result = Result(node);
        if (low <= byte.MinValue && high >= byte.MaxValue)
        {
            onnx.Add("QuantizeLinear", [real, scale, zeroPoint], result);
            return;
        }

        var full = onnx.Fresh($"{result}.full");
        onnx.Add("QuantizeLinear", [real, scale, zeroPoint], full);
        Clip(full, result, low, high);
    }

    /// <summary>Adds a Clip of integers.</summary>
    private void Clip(string source, string target, int low, int high) => onnx.Add(
        "Clip",
        [
            source,
            onnx.AddConstant($"{target}.low", OnnxType.UInt8, [], (byte)low),
            onnx.AddConstant($"{target}.high", OnnxType.UInt8, [], (byte)high),
        ],
        target);

    /// <summary>The name of a value in real numbers, for which a DequantizeLinear is added if there is none yet.</summary>
    private string Real(GraphValue value)
    {
        if (value.Quantization is not null && dequantized.Add(value))
            ToReal(value, value.Name);
        return value.Name;
    }

    private void ToReal(GraphValue value, string target)
    {
        var (scale, zeroPoint) = Parameters(value.Producer!, value.Quantization!);
        onnx.Add("DequantizeLinear", [integers[value], scale, zeroPoint], target);
    }

    /// <summary>The names of the constants for scale and zero point, which values of equal quantization share.</summary>
    private (string Scale, string ZeroPoint) Parameters(GraphNode node, ValueQuantization quantization)
    {
        var key = (quantization.Scale, quantization.ZeroPoint);
        if (parameters.TryGetValue(key, out var known))
            return known;
        if (!float.IsFinite(quantization.Scale * byte.MaxValue))
            throw Unsupported(node, $"with the scale {quantization.Scale} its real numbers overflow float32.");
        known = (
            onnx.AddConstant($"{node.Output.Name}.scale", OnnxType.Float, [], quantization.Scale),
            onnx.AddConstant($"{node.Output.Name}.zero_point", OnnxType.UInt8, [], (byte)quantization.ZeroPoint));
        parameters.Add(key, known);
        return known;
    }
}
