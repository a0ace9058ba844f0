using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Networks as training leaves them at worst: channels of one layer whose weights differ a hundredfold, statistics away from 0 and 1.</summary>
internal static class Uneven
{
    /// <summary>Makes a network uneven. Its channels stay so that what it computes is of ordinary size.</summary>
    public static T Make<T>(T model, int seed, double spread = 2)
        where T : Module
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var module in model.modules())
        {
            if (module is BatchNorm2d norm)
            {
                var channels = norm.running_mean!.shape;
                norm.running_mean.copy_(randn(channels, generator: generator) * 0.3);
                norm.running_var!.copy_(rand(channels, generator: generator) + 0.5);
                norm.weight!.copy_((randn(channels, generator: generator) * spread / 2).exp());
                norm.bias!.copy_(randn(channels, generator: generator) * 0.2);
            }
            else if (module is Conv2d conv)
                conv.weight.mul_((randn([conv.out_channels, 1, 1, 1], generator: generator) * spread / 4).exp());
            else if (module is Linear linear)
                linear.weight.mul_((randn([linear.weight.shape[0], 1], generator: generator) * spread / 4).exp());
        }

        model.eval();
        return model;
    }

    /// <summary>Batches of images whose neighbouring pixels are alike.</summary>
    public static Tensor[] Batches(int seed, int count, params long[] shape) =>
        [.. Enumerable.Range(0, count).Select(i => functional.avg_pool2d(Data.Normal((seed * 100) + i, shape), 3, 1, 1) * 2)];
}
