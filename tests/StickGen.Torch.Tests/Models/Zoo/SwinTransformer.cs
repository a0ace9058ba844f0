using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Attention within windows of an image, which may be shifted, with a bias for each pair of places (Liu et al. 2021).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class SwinBlock : Module<Tensor, Tensor>
{
    private const long Window = 4;

    private readonly LayerNorm norm1, norm2;
    private readonly Linear qkv, projection, fc1, fc2;
    private readonly Parameter? bias;
    private readonly long heads, shift;
    private readonly double scale;

    public SwinBlock(long width, long heads, long shift, bool hasBias)
        : base(nameof(SwinBlock))
    {
        (this.heads, this.shift) = (heads, shift);
        scale = 1 / Math.Sqrt(width / heads);
        norm1 = LayerNorm(width);
        qkv = Linear(width, 3 * width);
        projection = Linear(width, width);
        norm2 = LayerNorm(width);
        fc1 = Linear(width, 2 * width);
        fc2 = Linear(2 * width, width);
        if (hasBias)
            bias = Parameter(randn(heads, Window * Window, Window * Window));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + Windows(norm1.forward(x));
        return x + fc2.forward(functional.gelu(fc1.forward(norm2.forward(x))));
    }

    private Tensor Windows(Tensor x)
    {
        var (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        if (shift > 0)
            x = roll(x, [-shift, -shift], [1, 2]);
        x = x.view(batch, height / Window, Window, width / Window, Window, channels).permute(0, 1, 3, 2, 4, 5).reshape(-1, Window * Window, channels);
        x = Attend(x);
        x = x.view(batch, height / Window, width / Window, Window, Window, channels).permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, channels);
        return shift > 0 ? roll(x, [shift, shift], [1, 2]) : x;
    }

    private Tensor Attend(Tensor x)
    {
        var (windows, tokens, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var parts = qkv.forward(x).reshape(windows, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);
        var attention = (parts[0] * scale).matmul(parts[1].transpose(-2, -1));
        if (bias is not null)
            attention = attention + bias;
        return projection.forward(attention.softmax(-1).matmul(parts[2]).transpose(1, 2).reshape(windows, tokens, width));
    }
}

/// <summary>A Swin transformer of two stages with patches of 4×4, and a merging of patches in between.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 64, 64)]
public sealed partial class SwinTransformer : Module<Tensor, Tensor>
{
    private readonly Conv2d patches;
    private readonly Sequential stage1, stage2;
    private readonly LayerNorm merging, norm;
    private readonly Linear reduction, head;

    public SwinTransformer(long width = 16, long heads = 2, bool hasBias = true)
        : base(nameof(SwinTransformer))
    {
        patches = Conv2d(3, width, 4, 4);
        stage1 = Sequential(new SwinBlock(width, heads, 0, hasBias), new SwinBlock(width, heads, 2, hasBias));
        merging = LayerNorm(4 * width);
        reduction = Linear(4 * width, 2 * width, hasBias: false);
        stage2 = Sequential(new SwinBlock(2 * width, 2 * heads, 0, hasBias), new SwinBlock(2 * width, 2 * heads, 2, hasBias));
        norm = LayerNorm(2 * width);
        head = Linear(2 * width, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = stage1.forward(patches.forward(x).permute(0, 2, 3, 1));
        x = stage2.forward(reduction.forward(merging.forward(Merge(x))));
        return head.forward(norm.forward(x).mean([1, 2]));
    }

    private static Tensor Merge(Tensor x)
    {
        var even = x.slice(1, 0, x.shape[1], 2);
        var odd = x.slice(1, 1, x.shape[1], 2);
        return cat(
            [even.slice(2, 0, x.shape[2], 2), odd.slice(2, 0, x.shape[2], 2), even.slice(2, 1, x.shape[2], 2), odd.slice(2, 1, x.shape[2], 2)], -1);
    }
}
