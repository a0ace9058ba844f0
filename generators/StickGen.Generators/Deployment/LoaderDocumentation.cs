using StickGen.Capture.Deployment;

namespace StickGen.Generators.Deployment;

/// <summary>Writes the documentation of a loader: what the model takes, gives and is made of.</summary>
internal static class LoaderDocumentation
{
    /// <summary>The documentation of the class; a summary only where the user wrote none.</summary>
    public static string OfClass(LoaderClass loader, ModelSignature signature)
    {
        string[] summary = loader.IsDocumented
            ? []
            : [$"/// <summary>The deployed model {Code(signature.Model)}: takes {Ports(signature.Inputs)}, gives {Ports(signature.Outputs)}.</summary>"];
        return string.Join(
            "\n",
            [
                .. summary,
                "/// <remarks>",
                $"/// Compiled with the signature {Code(loader.SignatureName)}. The layers, in the order in which they run:",
                "/// <list type=\"table\">",
                .. signature.Layers.Select(layer => Layer(layer, signature.Tensors)),
                "/// </list>",
                "/// </remarks>",
            ]);
    }

    /// <summary>The documentation of a parameter of <c>Run</c>.</summary>
    public static string OfParameter(LoaderPort port) =>
        $"/// <param name=\"{port.Parameter.TrimStart('@')}\">{Code(port.Tensor.Name)}, of shape {Shape(port.Tensor)}.</param>";

    /// <summary>A name of the signature.</summary>
    public static string Code(string name) => $"<c>{Escape(name)}</c>";

    /// <summary>The shape of a tensor, such as <c>[batch, 1, 28, 28]</c>.</summary>
    public static string Shape(SignatureTensor tensor) => Escape(tensor.ShapeText);

    private static string Layer(SignatureLayer layer, IEnumerable<SignatureTensor> tensors)
    {
        var own = tensors.Where(tensor => tensor.Name.StartsWith(layer.Name + ".", StringComparison.Ordinal))
            .Select(tensor => $", {Escape(tensor.Name.Substring(layer.Name.Length + 1))} {Escape(tensor.Type)} {Shape(tensor)}");
        return $"/// <item><term>{Escape(layer.Name)}</term><description>{Escape(layer.Operation)}{string.Concat(own)}</description></item>";
    }

    private static string Ports(IEnumerable<SignatureTensor> ports) =>
        string.Join(", ", ports.Select(port => $"{Code(port.Name)} {Shape(port)}"));

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
