using TorchSharp;
using static TorchSharp.torch;

/// <summary>Makes a linear layer: <c>nn.Linear</c>, or one that is quantized already.</summary>
/// <param name="inputs">Its inputs.</param>
/// <param name="outputs">Its outputs.</param>
/// <param name="hasBias">Whether it has a bias.</param>
public delegate nn.Module<Tensor, Tensor> LinearLayer(long inputs, long outputs, bool hasBias);
