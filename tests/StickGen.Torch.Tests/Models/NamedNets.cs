#pragma warning disable STK0006, STK0010 // Of what is converted here, the message is the point; some is kept as it is written.
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>Operations that are known by their names: functions with parameters as weights, several results, a tensor as subscript.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class NamedNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6), head = Linear(6, 3);
    private readonly Parameter table = new(randn(6, 6));

    public NamedNet()
        : base(nameof(NamedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y = relu(linear(fc.forward(x), table));
        var (best, places) = y.topk(3, dim: 1);
        var z = einsum("nk,nkd->nd", best, table[places]);
        return head.forward(z + y);
    }
}

/// <summary>TorchSharp's attention, which is called with several tensors and gives several.</summary>
[Compressible, InputShape(5, "batch", 6)]
public sealed partial class AttentionNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);
    private readonly MultiheadAttention attention = MultiheadAttention(6, 2);

    public AttentionNet()
        : base(nameof(AttentionNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y = fc.forward(x);
        return attention.forward(y, x, x, null, false, null).Item1 + y;
    }
}

/// <summary>An object that holds tensors.</summary>
public sealed class Features(Tensor hidden, Tensor? mask = null)
{
    public Tensor Hidden { get; } = hidden;

    public Tensor? Mask { get; } = mask;

    public Tensor? Scores { get; set; }
}

/// <summary>Tensors come and go in objects.</summary>
[Compressible]
public sealed partial class FeatureNet : Module<Features, Features>
{
    private readonly Linear fc = Linear(6, 6), head = Linear(6, 3);

    public FeatureNet()
        : base(nameof(FeatureNet)) => RegisterComponents();

    public override Features forward(Features input)
    {
        var hidden = relu(fc.forward(input.Hidden));
        var mask = input.Mask?.to(hidden.dtype) ?? ones_like(hidden);
        hidden = hidden * mask;
        var result = new Features(hidden);
        result.Scores = head.forward(hidden);
        return result;
    }
}

/// <summary>A child that is given an object, and gives one.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class FeatureParentNet : Module<Tensor, Tensor>
{
    private readonly FeatureNet stage = new();
    private readonly Linear head = Linear(9, 2);

    public FeatureParentNet()
        : base(nameof(FeatureParentNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var features = stage.forward(new Features(x));
        return head.forward(cat([features.Hidden, features.Scores!], 1));
    }
}

/// <summary>A list of tensors as input.</summary>
[Compressible]
public sealed partial class ListNet : Module<List<Tensor>, Tensor>
{
    private readonly Linear fc = Linear(6, 6), head = Linear(12, 3);

    public ListNet()
        : base(nameof(ListNet)) => RegisterComponents();

    public override Tensor forward(List<Tensor> parts)
    {
        var first = fc.forward(parts[0]);
        return head.forward(cat([first, parts[1]], 1)) + cat(parts, 1).sum();
    }
}

/// <summary>A module without a type of its own, and with helpers that assign and ask.</summary>
[Compressible, InputShape("batch", 6), InputShape("batch", 6)]
public sealed partial class UntypedNet : Module
{
    private readonly Linear fc = Linear(6, 6);
    private readonly Dictionary<string, Tensor> given;

    public UntypedNet(Dictionary<string, Tensor> given)
        : base(nameof(UntypedNet))
    {
        this.given = given;
        register_buffer("steps", arange(6).to(float32));
        RegisterComponents();
    }

    public Tensor forward(Tensor left, Tensor right)
    {
        if (!Find(given, out var offset))
            throw new InvalidOperationException("There is no offset.");
        var sizes = new long[2];
        sizes[0] = left.shape[0];
        sizes[1] = 6;
        var sum = fc.forward(left) + right + offset + get_buffer("steps")!;
        return IsMissing(offset) ? sum : sum.view(sizes) * 2;
    }

    private static bool Find(Dictionary<string, Tensor> given, out Tensor offset) => given.TryGetValue("offset", out offset!);

    private static bool IsMissing(Tensor? tensor) => tensor is null;
}
