using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Norms that take statistics over channels, of those that are kept: what the smaller norm computes.</summary>
internal static class MaskedNorms
{
    /// <summary>Whether a module is one.</summary>
    public static bool IsOne(nn.Module module) => module is LayerNorm or GroupNorm;

    /// <summary>What the norm computes.</summary>
    /// <param name="module">The norm.</param>
    /// <param name="x">Its input.</param>
    /// <param name="mask">1 for each channel that is kept, else 0.</param>
    public static Tensor Run(nn.Module<Tensor, Tensor> module, Tensor x, Tensor mask) => module switch
    {
        LayerNorm norm => Affine(Normalize(x, mask, [-1], norm.eps, 1), norm.weight, norm.bias, []),
        GroupNorm norm => Groups(norm, x, mask),
        _ => throw new ArgumentException($"{module.GetType().Name} takes no statistics over channels."),
    };

    private static Tensor Groups(GroupNorm norm, Tensor x, Tensor mask)
    {
        var (batch, channels) = (x.shape[0], x.shape[1]);
        var grouped = x.reshape(batch, norm.num_groups, channels / norm.num_groups, -1);
        var normalized = Normalize(grouped, mask.view(1, norm.num_groups, channels / norm.num_groups, 1), [2, 3], norm.eps, grouped.shape[3]);
        var ones = new long[x.dim() - 2];
        Array.Fill(ones, 1);
        return Affine(normalized.view(x.shape), norm.weight, norm.bias, ones);
    }

    /// <param name="x">The values.</param>
    /// <param name="mask">What counts.</param>
    /// <param name="dims">The dimensions that statistics are taken over.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="positions">How many values each element of the mask stands for.</param>
    private static Tensor Normalize(Tensor x, Tensor mask, long[] dims, double epsilon, long positions)
    {
        // A group without channels has no statistics, and nothing that reads them.
        var count = mask.sum(dims, keepdim: true).clamp_min(1).mul(positions);
        var centered = x.sub(x.mul(mask).sum(dims, keepdim: true).div(count));
        var variance = centered.pow(2).mul(mask).sum(dims, keepdim: true).div(count);
        return centered.mul(variance.add(epsilon).rsqrt());
    }

    private static Tensor Affine(Tensor x, Tensor? weight, Tensor? bias, long[] after)
    {
        if (weight is null)
            return x;
        long[] shape = [-1, .. after];
        x = x.mul(weight.view(shape));
        return bias is null ? x : x.add(bias.view(shape));
    }
}
