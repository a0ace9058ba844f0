using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Begins a Ghost module with what a convolution has learned: the primary one keeps the first filters, with their batch normalization; a cheap
/// map begins as the multiple of its primary map that is nearest to the filter it stands for, a kernel with one number in the middle.
/// </summary>
internal static class GhostInitialization
{
    public static void Run(Sequential primary, Sequential cheap, Conv2d convolution, BatchNorm2d? norm, GhostOptions options)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (first, second) = (primary.state_dict(), cheap.state_dict());
        var (computed, derived) = (first["conv.weight"].shape[0], second["conv.weight"].shape[0]);
        // A cheap map beyond the outputs is cut off; any filter does for it.
        var source = arange(computed, computed + derived).clamp_max(convolution.out_channels - 1).to(convolution.weight.device);
        var filters = convolution.weight.flatten(1);
        var from = filters.narrow(0, 0, computed).repeat_interleave(options.Ratio - 1, 0);
        var factor = filters.index_select(0, source).mul(from).sum(1).div(from.square().sum(1).clamp_min(1e-12));

        first["conv.weight"].copy_(convolution.weight.narrow(0, 0, computed));
        var middle = options.CheapKernel / 2;
        second["conv.weight"].zero_();
        second["conv.weight"].select(3, middle).select(2, middle).select(1, 0).copy_(factor);
        if (convolution.bias is not null)
        {
            first["conv.bias"].copy_(convolution.bias.narrow(0, 0, computed));
            second["conv.bias"].zero_();
        }

        if (!options.BatchNorm || norm is null)
            return;
        foreach (var (name, value) in norm.state_dict().Where(v => v.Value.dim() == 1))
        {
            first["norm." + name].copy_(value.narrow(0, 0, computed));
            // Its input is normalized already, and scaled.
            if (name is "weight" or "bias")
                second["norm." + name].copy_(value.index_select(0, source));
        }
    }
}
