using TorchSharp;
using static TorchSharp.torch;

namespace TinyLlm.Models;

/// <summary>The first weights of a decoder, as in GPT-2: small normal ones, smaller where results are added to the stream from block to block.</summary>
internal static class Initialization
{
    private const double Deviation = 0.02;

    /// <param name="model">A decoder.</param>
    /// <param name="blocks">How many it has, each of which adds twice.</param>
    /// <param name="added">The ends of the names of weights whose results are added.</param>
    public static void Apply(nn.Module model, int blocks, params ReadOnlySpan<string> added)
    {
        using var noGradient = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (parameter.dim() < 2)
                continue;
            var isAdded = false;
            foreach (var ending in added)
                isAdded |= name.EndsWith(ending, StringComparison.Ordinal);
            nn.init.normal_(parameter, 0, isAdded ? Deviation / Math.Sqrt(2 * blocks) : Deviation);
        }
    }
}
