using TorchSharp;
using static TorchSharp.torch;

namespace TinyLlm.Models;

/// <summary>Makes a linear layer: <c>nn.Linear</c>, or one that is quantized already.</summary>
/// <param name="name">Where it is in the model, such as <c>blocks.0.attention.query</c>.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="outputs">Its outputs.</param>
/// <param name="hasBias">Whether it has a bias.</param>
public delegate nn.Module<Tensor, Tensor> LinearLayer(string name, long inputs, long outputs, bool hasBias);

/// <summary>Ways to make linear layers.</summary>
public static class LinearLayers
{
    /// <summary>In float, with weights drawn at random.</summary>
    public static LinearLayer Float { get; } = static (_, inputs, outputs, hasBias) => nn.Linear(inputs, outputs, hasBias);

    /// <summary>The same for a module within the model.</summary>
    /// <param name="linear">Makes the layers.</param>
    /// <param name="module">Its name, which goes before those of its layers.</param>
    public static LinearLayer In(this LinearLayer linear, string module) =>
        (name, inputs, outputs, hasBias) => linear($"{module}.{name}", inputs, outputs, hasBias);
}
