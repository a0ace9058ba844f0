#pragma warning disable STK0006 // Nothing here is converted.
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>A layer of a decoder with parameters of every sort: tensors that all layers share, an optional one, and one that is no tensor.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized)]
public sealed partial class SmallDecoderLayer : Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor>
{
    public const long Width = 64, Heads = 4, SharedHeads = 2, Size = 16, Hidden = 128;
    private readonly RmsNorm norm1 = new(Width), norm2 = new(Width);
    internal readonly Linear query = Linear(Width, Heads * Size), key = Linear(Width, SharedHeads * Size), value = Linear(Width, SharedHeads * Size);
    internal readonly Linear output = Linear(Heads * Size, Width, hasBias: false);
    internal readonly Linear gate = Linear(Width, Hidden, hasBias: false), up = Linear(Width, Hidden, hasBias: false);
    internal readonly Linear down = Linear(Hidden, Width, hasBias: false);

    public SmallDecoderLayer()
        : base(nameof(SmallDecoderLayer)) => RegisterComponents();

    public override Tensor forward(Tensor x, Tensor cosines, Tensor sines, Tensor? mask, bool isCausal)
    {
        var y = norm1.forward(x);
        var q = Rotate(query.forward(y).view(x.shape[0], x.shape[1], Heads, Size).transpose(1, 2), cosines, sines);
        var k = Rotate(key.forward(y).view(x.shape[0], x.shape[1], SharedHeads, Size).transpose(1, 2), cosines, sines);
        var v = value.forward(y).view(x.shape[0], x.shape[1], SharedHeads, Size).transpose(1, 2);
        k = k.repeat_interleave(Heads / SharedHeads, 1);
        v = v.repeat_interleave(Heads / SharedHeads, 1);
        var attended = mask is null ? functional.scaled_dot_product_attention(q, k, v, is_casual: isCausal) : functional.scaled_dot_product_attention(q, k, v, attn_mask: mask);
        x = x + output.forward(attended.transpose(1, 2).contiguous().view(x.shape[0], x.shape[1], -1));
        y = norm2.forward(x);
        return x + down.forward(functional.silu(gate.forward(y)) * up.forward(y));
    }

    private static Tensor Rotate(Tensor x, Tensor cosines, Tensor sines)
    {
        var halves = x.chunk(2, -1);
        return x * cosines + cat([-halves[1], halves[0]], -1) * sines;
    }
}

/// <summary>A decoder of tokens, with layers in a list.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape("batch", 8)]
public sealed partial class SmallDecoder : Module<Tensor, Tensor>
{
    public const long Vocabulary = 50;
    private readonly Embedding tokens = Embedding(Vocabulary, SmallDecoderLayer.Width);
    internal readonly ModuleList<SmallDecoderLayer> layers = new();
    private readonly RmsNorm norm = new(SmallDecoderLayer.Width);
    internal readonly Linear head = Linear(SmallDecoderLayer.Width, Vocabulary, hasBias: false);
    private readonly Tensor cosines, sines;

    public SmallDecoder(int depth)
        : base(nameof(SmallDecoder))
    {
        for (var i = 0; i < depth; i++)
            layers.Add(new SmallDecoderLayer());
        using var scope = NewDisposeScope();
        var frequencies = pow(10000, -arange(0, SmallDecoderLayer.Size, 2) / (double)SmallDecoderLayer.Size);
        var angles = outer(arange(8).to_type(ScalarType.Float32), frequencies.to_type(ScalarType.Float32)).repeat(1, 2);
        cosines = angles.cos().DetachFromDisposeScope();
        sines = angles.sin().DetachFromDisposeScope();
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        var x = tokens.forward(ids);
        foreach (var layer in layers)
            x = layer.forward(x, cosines, sines, null, true);
        return head.forward(norm.forward(x));
    }

    /// <summary>A decoder whose weights and activations have structure: some channels of the normalized values are much larger than the others.</summary>
    public static SmallDecoder Structured(int seed, int depth = 2, double outliers = 6)
    {
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        var model = new SmallDecoder(depth);
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (name.EndsWith("norm1.weight", StringComparison.Ordinal) || name.EndsWith("norm2.weight", StringComparison.Ordinal))
            {
                parameter.copy_(rand(parameter.shape, generator: generator).add(0.5));
                parameter[randint(0, (int)parameter.shape[0], 3, generator: generator)] *= outliers;
            }
            else if (parameter.dim() == 2)
            {
                // Of low rank, mostly: what the layers after it read depends on each other.
                var (rows, columns) = (parameter.shape[0], parameter.shape[1]);
                var low = randn([rows, 12], generator: generator).matmul(randn([12, columns], generator: generator)) / Math.Sqrt(12 * columns);
                parameter.copy_(low + (randn([rows, columns], generator: generator) * (0.4 / Math.Sqrt(columns))));
            }
            else
                parameter.copy_(randn(parameter.shape, generator: generator) * 0.1);
        }

        model.eval();
        return model;
    }

    /// <summary>Batches of random tokens.</summary>
    public static Tensor[] Batches(int seed, int count, int size = 4)
    {
        using var generator = new Generator((ulong)seed);
        return [.. Enumerable.Range(0, count).Select(_ => randint(0, Vocabulary, [size, 8], generator: generator))];
    }
}
