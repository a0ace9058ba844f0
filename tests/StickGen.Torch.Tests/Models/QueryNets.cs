#pragma warning disable STK0006, STK0015 // Nothing here is converted.
using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>Queries over modules, of which one gives a list and one a tensor.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class QueryNet : Module<Tensor, Tensor>
{
    private readonly ModuleList<Conv2d> branches, chain;

    public QueryNet(int branches, int depth)
        : base(nameof(QueryNet))
    {
        this.branches = ModuleList(Enumerable.Range(0, branches).Select(i => Conv2d(3, 4, 2 * i + 1, padding: i)).ToArray());
        chain = ModuleList(Enumerable.Range(0, depth).Select(i => Conv2d(i == 0 ? 3 + 4 * branches : 4, 4, 1)).ToArray());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var found = new List<Tensor> { x };
        found.AddRange(branches.Select(branch => branch.forward(x)).ToArray());
        return chain.Aggregate(cat(found, 1), (y, conv) => relu(conv.forward(y)));
    }
}

/// <summary>A part of a tensor that is assigned, a list that a condition adds to, and a shape in a local.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class SliceNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);
    private readonly bool doubled;

    public SliceNet(bool doubled)
        : base(nameof(SliceNet))
    {
        this.doubled = doubled;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var mode = no_grad();
        var shape = x.shape;
        var y = fc.forward(x).view(shape[0], 2, shape[1] / 2);
        var scores = y.sum(2);
        y[scores > 0] = 0.5;
        y[.., 0] *= 2;
        var parts = new List<Tensor> { y };
        if (doubled)
            parts.Add(Halved(y, (shape[1], 2)));
        return cat(parts, 1);
    }

    private static Tensor Halved(Tensor y, (long Width, int Parts) size)
    {
        if (size.Width % size.Parts != 0)
            throw new ArgumentException("The width is odd.");
        return y / size.Parts;
    }
}
