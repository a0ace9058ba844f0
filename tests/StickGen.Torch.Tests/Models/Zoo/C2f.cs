using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models.Zoo;

/// <summary>A convolution with batch normalization and SiLU, as YOLO has it.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class ConvSilu : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;
    private readonly SiLU act = SiLU();

    public ConvSilu(long from, long to, long kernel = 1)
        : base(nameof(ConvSilu))
    {
        conv = Conv2d(from, to, kernel, padding: kernel / 2, bias: false);
        bn = BatchNorm2d(to);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => act.forward(bn.forward(conv.forward(x)));
}

/// <summary>Two convolutions that are added to what they are of.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned)]
public sealed partial class C2fBottleneck : Module<Tensor, Tensor>
{
    private readonly ConvSilu cv1, cv2;
    private readonly bool add;

    public C2fBottleneck(long channels, bool add)
        : base(nameof(C2fBottleneck))
    {
        cv1 = new(channels, channels, 3);
        cv2 = new(channels, channels, 3);
        this.add = add;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => add ? x + cv2.forward(cv1.forward(x)) : cv2.forward(cv1.forward(x));
}

/// <summary>The C2f block of YOLOv8 with two bottlenecks: a value is split, and all that comes of one half is put side by side.</summary>
[Compressible(Emit = StickGen.Variants.FakeQuantized | StickGen.Variants.Pruned), InputShape("batch", 16, 20, 20)]
public sealed partial class C2f : Module<Tensor, Tensor>
{
    private readonly ConvSilu cv1, cv2;
    private readonly C2fBottleneck m0, m1;

    public C2f(long from = 16, long to = 32)
        : base(nameof(C2f))
    {
        cv1 = new(from, to);
        cv2 = new(2 * to, to);
        m0 = new(to / 2, add: true);
        m1 = new(to / 2, add: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = new List<Tensor>(cv1.forward(x).chunk(2, 1));
        y.Add(m0.forward(y[^1]));
        y.Add(m1.forward(y[^1]));
        return cv2.forward(cat(y.ToArray(), 1));
    }
}
