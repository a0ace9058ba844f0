#pragma warning disable STK0006, STK0010 // Nothing here is converted, and some of it is not understood on purpose.
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Attention in several spellings: four heads of queries, eight channels each, six tokens. What keys and values become is up to <see cref="Keep"/> in <see cref="Slow"/>.</summary>
public abstract class AttentionModel : Module<Tensor, Tensor>
{
    protected const long Heads = 4, Size = 8, Width = Heads * Size;

    protected AttentionModel(string name)
        : base(name)
    {
    }

    /// <summary>Rounds keys and values, [batch, heads, tokens, size].</summary>
    public Func<string, Tensor, Tensor> Keep { get; set; } = (_, x) => x;

    /// <summary>The same once more, as a textbook has it.</summary>
    public abstract Tensor Slow(Tensor x);

    protected Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        var groups = q.shape[1] / k.shape[1];
        (k, v) = (Keep("keys", k).repeat_interleave(groups, 1), Keep("values", v).repeat_interleave(groups, 1));
        var scores = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(Size);
        return Join(functional.softmax(mask is null ? scores : scores + mask, -1).matmul(v));
    }

    protected static Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], -1, Size).transpose(1, 2);

    protected static Tensor Join(Tensor x) => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], Width);

    protected static Tensor Causal(long tokens) => full([tokens, tokens], float.NegativeInfinity).triu(1);
}

/// <summary>All by hand: one layer for queries, keys and values, a causal mask, dropout.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 6, 32)]
public sealed partial class WrittenAttention : AttentionModel
{
    private readonly Linear qkv = Linear(Width, 3 * Width), output = Linear(Width, Width);
    private readonly Dropout dropout = Dropout(0.1);
    private readonly Tensor mask = Causal(6);

    public WrittenAttention()
        : base(nameof(WrittenAttention)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var parts = qkv.forward(x).chunk(3, -1);
        var q = parts[0].view(x.shape[0], x.shape[1], Heads, Size).transpose(1, 2);
        var k = parts[1].view(x.shape[0], x.shape[1], Heads, Size).transpose(1, 2);
        var v = parts[2].view(x.shape[0], x.shape[1], Heads, Size).transpose(1, 2);
        var weights = functional.softmax(q.matmul(k.transpose(-2, -1)) / Math.Sqrt(Size) + mask, -1);
        return output.forward(dropout.forward(weights).matmul(v).transpose(1, 2).reshape(x.shape[0], x.shape[1], Width));
    }

    public override Tensor Slow(Tensor x)
    {
        var parts = qkv.forward(x).chunk(3, -1);
        return output.forward(Attend(Split(parts[0]), Split(parts[1]), Split(parts[2]), mask));
    }
}

/// <summary>Heads of keys and values are shared, by a view that is expanded; the mask is an operand.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", "tokens", 32)]
public sealed partial class SharedAttention : AttentionModel
{
    private const long Shared = 2;
    private readonly Linear query = Linear(Width, Width), key = Linear(Width, Shared * Size), value = Linear(Width, Shared * Size), output = Linear(Width, Width);
    private readonly Tensor mask = Causal(6);

    public SharedAttention()
        : base(nameof(SharedAttention)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var q = query.forward(x).view(batch, tokens, Heads, Size).transpose(1, 2);
        var k = key.forward(x).view(batch, tokens, Shared, Size).transpose(1, 2).unsqueeze(2).expand(batch, Shared, 2, tokens, Size).reshape(batch, Heads, tokens, Size);
        var v = value.forward(x).view(batch, tokens, Shared, Size).transpose(1, 2).unsqueeze(2).expand(batch, Shared, 2, tokens, Size).reshape(batch, Heads, tokens, Size);
        return output.forward(functional.scaled_dot_product_attention(q, k, v, attn_mask: mask).transpose(1, 2).reshape(batch, tokens, Width));
    }

    public override Tensor Slow(Tensor x) => output.forward(Attend(Split(query.forward(x)), Split(key.forward(x)), Split(value.forward(x)), mask));
}

/// <summary>Heads are in one dimension with the batch.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 6, 32)]
public sealed partial class MergedAttention : AttentionModel
{
    private readonly Linear query = Linear(Width, Width), key = Linear(Width, Width), value = Linear(Width, Width);

    public MergedAttention()
        : base(nameof(MergedAttention)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var (batch, tokens) = (x.shape[0], x.shape[1]);
        var q = query.forward(x).view(batch, tokens, Heads, Size).transpose(1, 2).reshape(batch * Heads, tokens, Size);
        var k = key.forward(x).view(batch, tokens, Heads, Size).permute(0, 2, 3, 1).reshape(batch * Heads, Size, tokens);
        var v = value.forward(x).view(batch, tokens, Heads, Size).transpose(1, 2).reshape(batch * Heads, tokens, Size);
        var weights = functional.softmax(bmm(q, k) * (1 / Math.Sqrt(Size)), -1);
        return bmm(weights, v).view(batch, Heads, tokens, Size).transpose(1, 2).reshape(batch, tokens, Width);
    }

    public override Tensor Slow(Tensor x) => Attend(Split(query.forward(x)), Split(key.forward(x)), Split(value.forward(x)), null);
}

/// <summary>Values are the left operand, and keys are in an einsum: neither is found. A softmax of a linear layer is no attention.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 6, 32)]
public sealed partial class HiddenAttention : AttentionModel
{
    private readonly Linear query = Linear(Width, Width), key = Linear(Width, Width), value = Linear(Width, Width), gate = Linear(Width, Width);

    public HiddenAttention()
        : base(nameof(HiddenAttention)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var weights = functional.softmax(einsum("bic,bjc->bij", query.forward(x), key.forward(x)), -1);
        var attended = value.forward(x).transpose(1, 2).matmul(weights.transpose(1, 2)).transpose(1, 2);
        return attended * functional.softmax(gate.forward(x), -1);
    }

    public override Tensor Slow(Tensor x) => throw new NotSupportedException();
}

/// <summary>Attention of a module that is not captured.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(6, "batch", 32)]
public sealed partial class ModuleAttention : AttentionModel
{
    private readonly MultiheadAttention attention = MultiheadAttention(Width, Heads);
    private readonly Linear output = Linear(Width, Width);

    public ModuleAttention()
        : base(nameof(ModuleAttention)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var (attended, _) = attention.forward(x, x, x, null, false, null);
        return output.forward(attended);
    }

    public override Tensor Slow(Tensor x) => throw new NotSupportedException();
}
