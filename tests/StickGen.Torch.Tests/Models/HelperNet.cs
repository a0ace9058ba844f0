using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;
using T = TorchSharp.torch.Tensor;

namespace StickGen.Torch.Tests.Models;

#pragma warning disable STK0006 // Its operations are of all sorts.

/// <summary>Written as people write: helpers with arguments left out, operations with defaults, names of every kind.</summary>
[Compressible, InputShape("batch", 3, 8, 8)]
public sealed partial class HelperNet(int field) : Module<T, T>(nameof(HelperNet))
{
    private readonly Conv2d @base = Conv2d(3, 6, 3, padding: 1);
    private readonly BatchNorm2d größe = BatchNorm2d(6);
    private readonly Linear State = Linear(6 * 4 * 4, 5);
    private readonly double[] factors = [0.5, 1.5];

    public HelperNet()
        : this(6 * 4 * 4) => this.RegisterComponents();

    public override T forward(T @in)
    {
        using var scope = NewDisposeScope();
        using var y = Act(größe.call(this.@base.forward(@in))); var z = Act(slope: 0.3, x: y);
        z = F.layer_norm(z , new long[] { 8, 8 });
        z += Scaled(y);
        z = F.max_pool2d(input: z, kernel_size: 2L);
        return State.forward(View(z, z.shape[0], field)).MoveToOuterDisposeScope();
    }

    private static T Act(T x, bool inplace = false, double slope = 0.1, DayOfWeek day = DayOfWeek.Tuesday) => F.leaky_relu(x * (int)day, slope, inplace);

    private static T View(T x, params long[] sizes) => x.view(sizes);

    private T Scaled(T y) => y * factors.Select(x => x * 2).Sum();
}
