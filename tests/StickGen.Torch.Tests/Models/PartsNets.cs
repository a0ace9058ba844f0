using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>One channel that is multiplied with all of another value, from the left, and one that is added to results.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class GatedNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 8, 3, padding: 1), gate = Conv2d(8, 1, 1);
    private readonly Linear scores = Linear(8, 5), bias = Linear(8, 1);

    public GatedNet()
        : base(nameof(GatedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(stem.forward(x));
        x = torch.sigmoid(gate.forward(x)) * x;
        x = adaptive_avg_pool2d(x, 1).flatten(1);
        return bias.forward(x) + scores.forward(x);
    }
}

/// <summary>Halves that go different ways.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class HalvedNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 8, 3, padding: 1), last = Conv2d(8, 4, 1);

    public HalvedNet()
        : base(nameof(HalvedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var halves = stem.forward(x).chunk(2, 1);
        return last.forward(cat([relu(halves[0]), halves[1]], 1));
    }
}

/// <summary>A module in the middle that cannot be rebuilt.</summary>
[Compressible(Emit = StickGen.Variants.Pruned), InputShape("batch", 3, 8, 8)]
public sealed partial class SharingNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 8, 3, padding: 1), last = Conv2d(8, 4, 1);
    private readonly LSTM memory = LSTM(8, 8, batchFirst: true);

    public SharingNet()
        : base(nameof(SharingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(stem.forward(x));
        var (y, _, _) = memory.forward(x.flatten(2).transpose(1, 2));
        return last.forward(x) * y.mean([1, 2], true).unsqueeze(3);
    }
}

/// <summary>A convolution with no batch normalization.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class PlainNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 8, 3, padding: 1), middle = Conv2d(8, 8, 3, padding: 1), last = Conv2d(8, 4, 1);

    public PlainNet()
        : base(nameof(PlainNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => last.forward(relu(middle.forward(relu(stem.forward(x)))));
}
