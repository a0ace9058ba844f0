using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>Residual addition, concatenation, means, a batch normalization on its own, a flatten by view.</summary>
[Compressible, InputShape("batch", 6, 9, 7)]
public sealed partial class ResidualNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn1;
    private readonly BatchNorm2d bn2;
    private readonly BatchNorm2d bn3;
    private readonly Linear fc;
    private readonly AvgPool2d pool;
    private readonly int features;

    public ResidualNet(bool convBias = false)
        : base(nameof(ResidualNet))
    {
        const int channels = 6;
        conv1 = Conv2d(channels, channels, 3, padding: 1, bias: convBias);
        conv2 = Conv2d(channels, channels, 3, padding: 1, bias: convBias);
        bn1 = BatchNorm2d(channels);
        bn2 = BatchNorm2d(channels);
        bn3 = BatchNorm2d(2 * channels);
        pool = AvgPool2d(3, 2, 1);
        features = 2 * channels * 3 * 2;
        fc = Linear(features, 4);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = relu(bn1.forward(conv1.forward(x)));
        y = bn2.forward(conv2.forward(y));
        y = relu(y + x);
        y = bn3.forward(cat([y, x], 1));
        y = adaptive_avg_pool2d(pool.forward(relu6(y)), [3, 2]);
        return fc.forward(y.view(y.shape[0], features));
    }
}
