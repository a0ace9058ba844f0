#pragma warning disable STK0006, STK0010, STK0015 // Nothing here is converted.
using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>A block that gives a tensor.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class PlainBlock : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);

    public PlainBlock()
        : base(nameof(PlainBlock)) => RegisterComponents();

    public override Tensor forward(Tensor x) => relu(fc.forward(x));
}

/// <summary>A block that takes a second tensor.</summary>
[Compressible, InputShape("batch", 6), InputShape("batch", 6)]
public sealed partial class GuidedBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);

    public GuidedBlock()
        : base(nameof(GuidedBlock)) => RegisterComponents();

    public override Tensor forward(Tensor x, Tensor guide) => fc.forward(x) * guide;
}

/// <summary>Modules of several classes in one list, which are asked what they are.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class DispatchNet : Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> scales;
    private readonly ModuleList<Module> blocks;
    private readonly Sequential chain = Sequential(Linear(6, 6), ReLU(), Linear(6, 6));

    public DispatchNet(params Module[] blocks)
        : base(nameof(DispatchNet))
    {
        this.blocks = new(blocks);
        scales = new([.. blocks.Select(_ => Linear(6, 6))]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var guide = x.sigmoid();
        foreach (var (scale, block) in scales.Zip(blocks))
        {
            x = scale.forward(x);
            if (block is PlainBlock plain)
                x = plain.forward(x);
            else if (block is GuidedBlock guided)
                x = guided.forward(x, guide);
        }

        var pairs = scales.Zip(blocks, (scale, block) => (scale, block)).ToArray();
        for (var i = 0; i < pairs.Length; i++)
        {
            var (scale, block) = pairs[i];
            x = block is PlainBlock ? scale.forward(x) : x;
        }

        for (var i = 0; i < chain.Count; i++)
            x = chain[i].call(x);
        return x.to(scales[0].parameters().First().dtype);
    }
}

/// <summary>Gives two lists.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class TwoLists : Module<Tensor, (List<Tensor>, List<Tensor>)>
{
    private readonly Linear fc = Linear(6, 6);

    public TwoLists()
        : base(nameof(TwoLists)) => RegisterComponents();

    public override (List<Tensor>, List<Tensor>) forward(Tensor x)
    {
        var y = fc.forward(x);
        return ([y, x], [relu(y)]);
    }
}

/// <summary>Helpers that give a <see cref="Tuple"/>, have the name of <c>forward</c> or set defaults; a branch by the shape of a buffer; two lists of a child.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class FormsNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);
    private readonly TwoLists lists = new();
    private readonly Tensor mask;

    public FormsNet(int masked)
        : base(nameof(FormsNet))
    {
        mask = full(masked, 0.5f);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using (no_grad())
        {
            var (sums, halves) = Parts(x);
            if (mask.size()[0] != 0)
                halves = halves * mask.mean();
            var (first, second) = lists.forward(forward(sums, 2));
            var all = cat(first, 1) + cat([.. second, halves], 1);
            var columns = tensor(new long[] { 1, 3 });
            all[.., TensorIndex.Tensor(columns + 1)] -= 1;
            return nn.Identity().forward(all);
        }
    }

    private Tensor forward(Tensor x, int times) => fc.forward(x) * Scale(times);

    private static Tensor Scale(int times, double[]? values = null)
    {
        values ??= [0.5, times];
        return tensor(values).sum().to(float32);
    }

    private static Tuple<Tensor, Tensor> Parts(Tensor x) => new(x + 1, x / 2);
}
