using System.Security.Cryptography;
using System.Text;

namespace StickGen.Capture.Deployment;

/// <summary>
/// The id that the run-time library gives a signature: the SHA-256 of its JSON without white space and without the id.
/// </summary>
internal static class SignatureId
{
    /// <summary>The id in lower-case hexadecimal.</summary>
    public static string Of(ModelSignature signature)
    {
        using var sha = SHA256.Create();
        return string.Concat(sha.ComputeHash(Encoding.UTF8.GetBytes(Canonical(signature))).Select(b => b.ToString("x2")));
    }

    private static string Canonical(ModelSignature signature) =>
        "{" + string.Join(
            ",",
            Member("format", Text(SignatureReader.Format)),
            Member("model", Text(signature.Model)),
            Member("inputs", Array(signature.Inputs.Select(Tensor))),
            Member("outputs", Array(signature.Outputs.Select(Tensor))),
            Member("layers", Array(signature.Layers.Select(Layer))),
            Member("tensors", Array(signature.Tensors.Select(Tensor)))) + "}";

    private static string Tensor(SignatureTensor tensor) =>
        $"{{{Member("name", Text(tensor.Name))},{Member("type", Text(tensor.Type))},{Member("shape", Array(tensor.Shape.Select(Dimension)))}}}";

    private static string Layer(SignatureLayer layer) =>
        $"{{{Member("name", Text(layer.Name))},{Member("operation", Text(layer.Operation))}}}";

    private static string Dimension(SignatureDimension dimension) =>
        dimension.Name is null ? dimension.ToString() : Text(dimension.Name);

    private static string Array(IEnumerable<string> items) => $"[{string.Join(",", items)}]";

    private static string Member(string name, string value) => $"\"{name}\":{value}";

    /// <summary>Printable text, of which the reader has made sure, needs no other escapes.</summary>
    private static string Text(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
}
