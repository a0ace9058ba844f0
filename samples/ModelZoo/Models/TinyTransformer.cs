using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>
/// A vision transformer for small images (Dosovitskiy et al., "An image is worth 16x16 words", 2021): patches of 4×4, eight heads a layer, a
/// mean over all patches. Images [N, channels, side, side] with values from 0 to 1, logits [N, 10].
/// </summary>
[Compressible(Emit = Variants.All), InputShape("batch", 1, 28, 28)]
public sealed partial class TinyTransformer : Module<Tensor, Tensor>
{
    private const int Patch = 4, Width = 64, Heads = 8, Depth = 3;

    private readonly Conv2d patches;
    private readonly Parameter positions;
    private readonly Sequential blocks;
    private readonly LayerNorm norm = LayerNorm(Width);
    [KeepFloat] private readonly Linear classifier = Linear(Width, 10);

    /// <param name="channels">Of the images.</param>
    /// <param name="side">Height and width of the images, a multiple of 4.</param>
    public TinyTransformer(int channels = 1, int side = 28)
        : base(nameof(TinyTransformer))
    {
        patches = Conv2d(channels, Width, Patch, Patch);
        positions = Parameter(randn(1, side / Patch * (side / Patch), Width) * 0.02);
        blocks = Sequential(Enumerable.Range(0, Depth).Select(_ => new TransformerLayer(Width, Heads)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = patches.forward(x).flatten(2).transpose(1, 2) + positions;
        return classifier.forward(norm.forward(blocks.forward(x)).mean([1]));
    }
}

/// <summary>Attention, then two linear layers, each on what is normalized, and added.</summary>
[Compressible(Emit = Variants.All)]
public sealed partial class TransformerLayer : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1, norm2;
    private readonly Linear qkv, projection, fc1, fc2;
    private readonly long heads;
    private readonly double scale;

    public TransformerLayer(long width, long heads)
        : base(nameof(TransformerLayer))
    {
        this.heads = heads;
        scale = 1 / Math.Sqrt(width / heads);
        norm1 = LayerNorm(width);
        qkv = Linear(width, 3 * width);
        projection = Linear(width, width);
        norm2 = LayerNorm(width);
        fc1 = Linear(width, 2 * width);
        fc2 = Linear(2 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + Attend(norm1.forward(x));
        return x + fc2.forward(functional.gelu(fc1.forward(norm2.forward(x))));
    }

    private Tensor Attend(Tensor x)
    {
        var (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var parts = qkv.forward(x).reshape(batch, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var attention = (q.matmul(k.transpose(-2, -1)) * scale).softmax(-1);
        return projection.forward(attention.matmul(v).transpose(1, 2).reshape(batch, tokens, width));
    }
}
