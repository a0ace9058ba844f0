using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>The root of the mean of squares is divided by (Zhang and Sennrich 2019).</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double epsilon = 1e-5;

    public RmsNorm(long width)
        : base(nameof(RmsNorm))
    {
        weight = Parameter(rand(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + epsilon) * weight;
}

/// <summary>
/// A decoder block as in Llama: rotated queries and keys, fewer heads of keys and values than of queries, and a gated linear unit.
/// </summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 8, 64)]
public sealed partial class LlamaBlock : Module<Tensor, Tensor>
{
    private const long Width = 64, Heads = 4, SharedHeads = 2, Size = 16, Hidden = 128;
    private readonly RmsNorm norm1 = new(Width), norm2 = new(Width);
    private readonly Linear query = Linear(Width, Heads * Size, hasBias: false), key = Linear(Width, SharedHeads * Size, hasBias: false);
    private readonly Linear value = Linear(Width, SharedHeads * Size, hasBias: false), output = Linear(Heads * Size, Width, hasBias: false);
    private readonly Linear gate = Linear(Width, Hidden, hasBias: false), up = Linear(Width, Hidden, hasBias: false);
    private readonly Linear down = Linear(Hidden, Width, hasBias: false);
    private readonly Tensor cosines, sines;

    public LlamaBlock()
        : base(nameof(LlamaBlock))
    {
        using var scope = NewDisposeScope();
        var frequencies = pow(10000, -arange(0, Size, 2) / (double)Size);
        var angles = outer(arange(8).to_type(ScalarType.Float32), frequencies.to_type(ScalarType.Float32)).repeat(1, 2);
        cosines = angles.cos().MoveToOuterDisposeScope();
        sines = angles.sin().MoveToOuterDisposeScope();
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + Attend(norm1.forward(x));
        var y = norm2.forward(x);
        return x + down.forward(functional.silu(gate.forward(y)) * up.forward(y));
    }

    private Tensor Attend(Tensor x)
    {
        var q = Rotate(query.forward(x).view(x.shape[0], x.shape[1], Heads, Size).transpose(1, 2));
        var k = Rotate(key.forward(x).view(x.shape[0], x.shape[1], SharedHeads, Size).transpose(1, 2));
        var v = value.forward(x).view(x.shape[0], x.shape[1], SharedHeads, Size).transpose(1, 2);
        k = k.repeat_interleave(Heads / SharedHeads, 1);
        v = v.repeat_interleave(Heads / SharedHeads, 1);
        var attended = functional.scaled_dot_product_attention(q, k, v, is_casual: true);
        return output.forward(attended.transpose(1, 2).contiguous().view(x.shape[0], x.shape[1], -1));
    }

    private Tensor Rotate(Tensor x)
    {
        var halves = x.chunk(2, -1);
        return x * cosines + cat([-halves[1], halves[0]], -1) * sines;
    }
}
