using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

/// <summary>The block of MobileNetV2: widen, filter each channel by itself, and narrow again without an activation.</summary>
[Compressible(Emit = Variants.All)]
public sealed partial class InvertedResidual : Module<Tensor, Tensor>
{
    private readonly Conv2d expand, depthwise, project;
    private readonly BatchNorm2d expandNorm, depthwiseNorm, projectNorm;
    private readonly bool isResidual;

    public InvertedResidual(int inputs, int outputs, int expansion, int stride)
        : base(nameof(InvertedResidual))
    {
        var width = inputs * expansion;
        expand = Conv2d(inputs, width, 1, bias: false);
        expandNorm = BatchNorm2d(width);
        depthwise = Conv2d(width, width, 3, stride: stride, padding: 1, groups: width, bias: false);
        depthwiseNorm = BatchNorm2d(width);
        project = Conv2d(width, outputs, 1, bias: false);
        projectNorm = BatchNorm2d(outputs);
        isResidual = stride == 1 && inputs == outputs;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = relu6(expandNorm.forward(expand.forward(x)));
        y = relu6(depthwiseNorm.forward(depthwise.forward(y)));
        y = projectNorm.forward(project.forward(y));
        return isResidual ? x + y : y;
    }
}
