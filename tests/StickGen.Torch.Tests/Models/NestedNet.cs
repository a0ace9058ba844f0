using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models;

/// <summary>A part of the networks below, of no declared shape.</summary>
[Compressible]
public sealed partial class Stage : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;

    public Stage(int inputs, int outputs)
        : base(nameof(Stage))
    {
        conv = Conv2d(inputs, outputs, 3, padding: Padding.Same);
        bn = BatchNorm2d(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => bn.forward(conv.forward(x)).relu();
}

/// <summary>A compressible child by declared type, one inside a Sequential, and modules that are fused in there.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class NestedNet : Module<Tensor, Tensor>
{
    private readonly Stage stage = new(3, 4);
    private readonly Sequential features = Sequential(
        ("stage", new Stage(4, 5)), ("conv", Conv2d(5, 5, 1)), ("bn", BatchNorm2d(5)), ("act", ReLU6()), ("drop", Dropout(0.3)),
        ("id", Identity()), ("pool", MaxPool2d(2)));
    private readonly Linear fc = Linear(5 * 4 * 4, 3);

    public NestedNet()
        : base(nameof(NestedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => fc.forward(features.forward(stage.forward(x)).flatten(1));
}

/// <summary>An opaque module inside a Sequential, and an opaque function.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class OpaqueNet : Module<Tensor, Tensor>
{
    private readonly Sequential features = Sequential(
        ("conv1", Conv2d(3, 5, 1)), ("log_softmax", LogSoftmax(1)), ("conv2", Conv2d(5, 5, 1)), ("pool", MaxPool2d(2)));
    private readonly Linear fc = Linear(5 * 4 * 4, 3);

    public OpaqueNet()
        : base(nameof(OpaqueNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y = features.forward(x);
#pragma warning disable STK0006 // It is what this network is for.
        y = y.cumsum(1);
#pragma warning restore STK0006
        return fc.forward(y.flatten(1));
    }
}

/// <summary>One convolution that is called twice.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class SharedNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(3, 3, 3, padding: 1);
    private readonly ReLU relu = ReLU();

    public SharedNet()
        : base(nameof(SharedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => relu.forward(conv.forward(relu.forward(conv.forward(x))) + x);
}

/// <summary>A compressible child that is called twice.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class TwiceNet : Module<Tensor, Tensor>
{
    private readonly Stage stage = new(3, 3);

    public TwiceNet()
        : base(nameof(TwiceNet)) => RegisterComponents();

#pragma warning disable STK0022 // What Apply says of it is tested.
    public override Tensor forward(Tensor x) => stage.forward(stage.forward(x));
#pragma warning restore STK0022
}
