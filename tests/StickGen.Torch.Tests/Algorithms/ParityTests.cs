using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>
/// Fake ≡ real: every quantized value of the integer-exact forward equals the runtime's and that of a slow reference, and the
/// simulated forward is at most one step away where its inputs are the same.
/// </summary>
public sealed class ParityTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_layers(int seed)
    {
        var pick = new Random(seed);
        random.manual_seed(seed);
        var options = new SimulatedQuantizationOptions
        {
            WeightBits = pick.Next(2, 9),
            ActivationBits = pick.Next(2, 9),
            ActivationSymmetric = pick.Next(3) == 0,
            ActivationNarrowRange = pick.Next(3) == 0,
            WeightPerChannel = pick.Next(3) != 0,
            EmaMomentum = pick.Next(2) == 0 ? null : 0.5,
            EnableFusion = pick.Next(4) != 0,
            BatchNormFold = (BatchNormFold)pick.Next(3),
        };
        var (model, shape) = pick.Next(4) == 0 ? RandomLinear(pick) : RandomConvolution(pick);
        using var disposeModel = model;
        Check(model, options, seed, shape, maxScaled: pick.Next(2) == 0);
    }

    [Theory]
    [InlineData(BatchNormFold.None, 8)]
    [InlineData(BatchNormFold.OneConvFold, 8)]
    [InlineData(BatchNormFold.TwoConvFold, 8)]
    [InlineData(BatchNormFold.OneConvFold, 4)]
    [InlineData(BatchNormFold.OneConvFold, 8, false)]
    public void Residual_network(BatchNormFold fold, int bits, bool fusion = true)
    {
        random.manual_seed(3);
        using var model = new ResidualNet(convBias: fold == BatchNormFold.None);
        Check(model, new() { BatchNormFold = fold, WeightBits = bits, ActivationBits = bits, EnableFusion = fusion }, 3, [5, 6, 9, 7], false);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nested_network(bool fusion)
    {
        random.manual_seed(5);
        using var model = new NestedNet();
        Check(model, new() { EnableFusion = fusion }, 5, [3, 3, 8, 8], false);
    }

    [Fact]
    public void A_convolution_that_is_called_twice()
    {
        random.manual_seed(6);
        using var model = new SharedNet();
        Check(model, new(), 6, [3, 3, 8, 8], false);
    }

    [Fact]
    public void What_only_a_float_layer_reads_is_compared_too()
    {
        random.manual_seed(7);
        using var model = new FloatHeadNet();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        variant.forward(Data.Normal(7, [3, 3, 8, 8]));
        variant.eval();
        using var deployed = QuantizedModel.FromGraph(algorithm.ToGraph(variant));

        var x = Data.Normal(107, [3, 3, 8, 8]) * 1.5;
        variant.State.Mode = QuantizationMode.IntegerExact;
        using var capture = variant.State.CaptureActivations();
        using (no_grad())
            variant.forward(x);
        var expected = deployed.Trace(x.ToArray());
        Assert.Equal(["conv_relu", "flatten", "pool", "x.quantized"], expected.Keys.Order());
        Assert.Equal(expected.OrderBy(value => value.Key), capture.ValuesIn(deployed.Graph).OrderBy(value => value.Key));
    }

    [Fact]
    public void Sums_beyond_float32_are_exact_too()
    {
        random.manual_seed(9);
        using var model = new SingleLayerNet(new Shape("batch", 3000), Linear(3000, 5), activation: ReLU());
        Check(model, new(), 9, [4, 3000], maxScaled: true);
    }

    [Fact]
    public void Channels_that_training_switched_off()
    {
        random.manual_seed(2);
        var conv = Conv2d(3, 4, 3);
        var bn = BatchNorm2d(4);
        using (no_grad())
        {
            bn.weight!.copy_(tensor([0f, 1e-20f, -0.7f, 1.3f]));
            bn.bias!.copy_(tensor([0.9f, 0.4f, 0.1f, -0.2f]));
            conv.bias!.fill_(0.3);
        }

        foreach (var fold in Enum.GetValues<BatchNormFold>())
        {
            using var model = new SingleLayerNet(new Shape("batch", 3, 6, 6), Conv2dLike(conv), BatchNormLike(bn), ReLU());
            Check(model, new() { BatchNormFold = fold }, 2, [4, 3, 6, 6], false);
        }
    }

    private static void Check<TVariant, TQuantized>(
        ICompressible<TVariant, TQuantized> model, SimulatedQuantizationOptions options, int seed, long[] shape, bool maxScaled)
        where TVariant : Module<Tensor, Tensor>, IFakeQuantized<TQuantized>
    {
        if (maxScaled)
            ScaleToMaximum((nn.Module)model);
        var algorithm = new SimulatedQuantization(options);
        using var variant = algorithm.Apply(model);
        variant.train();
        for (var i = 0; i < 3; i++)
            variant.forward(Data.Normal(seed + i, shape));
        variant.eval();

        // Wider than what was observed, so that values are clamped at both ends.
        var x = Data.Normal(seed + 100, shape) * 1.5;
        ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), x);
    }

    private static (SingleLayerNet Model, long[] Shape) RandomLinear(Random pick)
    {
        var (inputs, outputs) = (pick.Next(1, 70), pick.Next(1, 20));
        var model = new SingleLayerNet(
            new Shape("batch", inputs), Linear(inputs, outputs, hasBias: pick.Next(2) == 0), activation: RandomActivation(pick));
        return (model, [pick.Next(1, 6), inputs]);
    }

    private static (SingleLayerNet Model, long[] Shape) RandomConvolution(Random pick)
    {
        var groups = pick.Next(1, 4);
        var (inputs, outputs) = (groups * pick.Next(1, 4), groups * pick.Next(1, 5));
        var (height, width) = (pick.Next(6, 12), pick.Next(6, 12));
        var conv = Conv2d(
            inputs, outputs, (pick.Next(1, 4), pick.Next(1, 4)), (pick.Next(1, 3), pick.Next(1, 3)), (pick.Next(0, 3), pick.Next(0, 3)),
            (pick.Next(1, 3), pick.Next(1, 3)), groups: groups, bias: pick.Next(2) == 0);
        var bn = pick.Next(2) == 0 ? BatchNorm2d(outputs, affine: pick.Next(4) != 0) : null;
        if (bn?.weight is not null)
        {
            using var noGrad = no_grad();
            bn.weight.normal_(0, 1);
            bn.bias!.normal_(0, 0.5);
        }

        Module<Tensor, Tensor>? pool = pick.Next(5) switch
        {
            0 => MaxPool2d(2, 1, 1, ceil_mode: pick.Next(2) == 0),
            1 => AvgPool2d(2, 2, pick.Next(2), ceil_mode: pick.Next(2) == 0, count_include_pad: pick.Next(2) == 0, divisor_override: pick.Next(3) == 0 ? 3 : null),
            2 => AdaptiveAvgPool2d((pick.Next(1, 4), pick.Next(1, 4))),
            _ => null,
        };
        return (new(new Shape("batch", inputs, height, width), conv, bn, RandomActivation(pick), pool), [pick.Next(1, 4), inputs, height, width]);
    }

    private static Module<Tensor, Tensor>? RandomActivation(Random pick) => pick.Next(3) switch { 0 => ReLU(), 1 => ReLU6(), _ => null };

    /// <summary>Makes all weights the largest of their kind, the worst case of every sum.</summary>
    private static void ScaleToMaximum(nn.Module model)
    {
        using var noGrad = no_grad();
        foreach (var parameter in model.parameters().Where(p => p.dim() > 1))
            parameter.copy_(parameter.sign());
    }

    private static Conv2d Conv2dLike(Conv2d conv)
    {
        var copy = Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size[0]);
        using var noGrad = no_grad();
        copy.weight.copy_(conv.weight);
        copy.bias!.copy_(conv.bias!);
        return copy;
    }

    private static BatchNorm2d BatchNormLike(BatchNorm2d bn)
    {
        var copy = BatchNorm2d(bn.num_features);
        using var noGrad = no_grad();
        copy.weight!.copy_(bn.weight!);
        copy.bias!.copy_(bn.bias!);
        return copy;
    }
}
