using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Validation;

namespace StickGen.Onnx;

/// <summary>Writes graphs, float or quantized, as ONNX models (docs/onnx.md).</summary>
internal static class OnnxModelWriter
{
    /// <exception cref="InvalidModelException">The graph breaks a convention, or its constants have no data.</exception>
    /// <exception cref="NotSupportedException">A node has no form in ONNX; the message names it and the reason.</exception>
    public static void Write(Stream stream, ModelGraph graph, SignedWeights signedWeights = SignedWeights.WhereSafe)
    {
        GraphRules.Check(graph);
        var model = OnnxTranslation.Translate(graph, signedWeights).ToModel();
        // Protobuf's lengths are 32 bits and signed in most readers.
        if (model.Length > int.MaxValue)
            throw new NotSupportedException($"The ONNX model has {model.Length} bytes; a file of this kind has at most 2 GB.");
        model.WriteTo(stream);
    }
}
