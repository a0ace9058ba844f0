using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>Attention, then two linear layers, each on what is normalized, and added (Dosovitskiy et al. 2021).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class TransformerBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1, norm2;
    private readonly Linear qkv, projection, fc1, fc2;
    private readonly long heads;
    private readonly double scale;

    public TransformerBlock(long width, long heads)
        : base(nameof(TransformerBlock))
    {
        this.heads = heads;
        scale = 1 / Math.Sqrt(width / heads);
        norm1 = LayerNorm(width, 1e-6);
        qkv = Linear(width, 3 * width);
        projection = Linear(width, width);
        norm2 = LayerNorm(width, 1e-6);
        fc1 = Linear(width, 4 * width);
        fc2 = Linear(4 * width, width);
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

/// <summary>A vision transformer of patches of 16×16; of width 192 with 3 heads it is DeiT-tiny.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 3, 224, 224)]
public sealed partial class VisionTransformer : Module<Tensor, Tensor>
{
    private readonly Conv2d patches;
    private readonly Parameter token, positions;
    private readonly Sequential blocks = Sequential();
    private readonly LayerNorm norm;
    private readonly Linear head;

    public VisionTransformer(long width, long heads, int depth, long classes = 1000)
        : base(nameof(VisionTransformer))
    {
        patches = Conv2d(3, width, 16, 16);
        token = Parameter(randn(1, 1, width));
        positions = Parameter(randn(1, 197, width));
        for (var i = 0; i < depth; i++)
            blocks.append(new TransformerBlock(width, heads));
        norm = LayerNorm(width, 1e-6);
        head = Linear(width, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = patches.forward(x).flatten(2).transpose(1, 2);
        x = cat([token.expand(x.shape[0], 1, -1), x], 1) + positions;
        x = norm.forward(blocks.forward(x));
        return head.forward(x[TensorIndex.Colon, 0]);
    }
}
