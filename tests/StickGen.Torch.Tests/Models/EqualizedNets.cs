using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>Convolutions one after the other, in groups too, a flatten and two linear layers: channels can be scaled everywhere.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class PairsNet : Module<Tensor, Tensor>
{
    internal readonly Conv2d Conv1 = Conv2d(3, 6, 3, padding: 1, bias: false), Conv2 = Conv2d(6, 8, 3, stride: 2, padding: 1, groups: 2, bias: false), Conv3 = Conv2d(8, 4, 1);
    internal readonly BatchNorm2d Norm1 = BatchNorm2d(6), Norm2 = BatchNorm2d(8);
    internal readonly MaxPool2d Pool = MaxPool2d(2);
    internal readonly Linear Hidden = Linear(16, 10), Classifier = Linear(10, 5);

    public PairsNet()
        : base(nameof(PairsNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(Norm1.forward(Conv1.forward(x)));
        x = relu(Norm2.forward(Conv2.forward(x)));
        x = relu(Pool.forward(Conv3.forward(x)));
        x = relu(Hidden.forward(x.flatten(1)));
        return Classifier.forward(x);
    }
}

/// <summary>The block of MobileNetV2 with ReLU, and a mean.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class DepthwiseNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 6, 3, padding: 1, bias: false), expand = Conv2d(6, 12, 1, bias: false), depthwise = Conv2d(12, 12, 3, padding: 1, groups: 12, bias: false);
    private readonly Conv2d project = Conv2d(12, 6, 1, bias: false), head = Conv2d(6, 8, 1, bias: false);
    private readonly BatchNorm2d stemNorm = BatchNorm2d(6), expandNorm = BatchNorm2d(12), depthwiseNorm = BatchNorm2d(12), projectNorm = BatchNorm2d(6), headNorm = BatchNorm2d(8);
    private readonly Linear classifier = Linear(8, 5);

    public DepthwiseNet()
        : base(nameof(DepthwiseNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(stemNorm.forward(stem.forward(x)));
        var y = relu(expandNorm.forward(expand.forward(x)));
        y = relu(depthwiseNorm.forward(depthwise.forward(y)));
        x = x + projectNorm.forward(project.forward(y));
        x = relu(headNorm.forward(head.forward(x)));
        return classifier.forward(adaptive_avg_pool2d(x, 1).flatten(1));
    }
}

/// <summary>One convolution of two groups, with batch normalization.</summary>
[Compressible, InputShape("batch", 2, 5, 5)]
public sealed partial class SingleConvNet : Module<Tensor, Tensor>
{
    internal readonly Conv2d Conv = Conv2d(2, 4, 3, stride: 2, padding: 1, groups: 2, bias: false);
    internal readonly BatchNorm2d Norm = BatchNorm2d(4);

    public SingleConvNet()
        : base(nameof(SingleConvNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => relu(Norm.forward(Conv.forward(x)));
}

/// <summary>Two linear layers, the second with one output.</summary>
[Compressible, InputShape("batch", 5)]
public sealed partial class TwoLayersNet : Module<Tensor, Tensor>
{
    internal readonly Linear First = Linear(5, 5), Second = Linear(5, 1);

    public TwoLayersNet()
        : base(nameof(TwoLayersNet)) => RegisterComponents();

    public override Tensor forward(Tensor x) => Second.forward(relu(First.forward(x)));
}

/// <summary>As the stem of MobileNetV2: ReLU6 between its layers, once as a part of a unit and once on its own behind a pool.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class BoundedNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 6, 3, padding: 1, bias: false), depthwise = Conv2d(6, 6, 3, padding: 1, groups: 6), project = Conv2d(6, 8, 1);
    private readonly BatchNorm2d stemNorm = BatchNorm2d(6);

    public BoundedNet()
        : base(nameof(BoundedNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu6(stemNorm.forward(stem.forward(x)));
        x = relu6(max_pool2d(depthwise.forward(x), 2));
        return project.forward(x);
    }
}
