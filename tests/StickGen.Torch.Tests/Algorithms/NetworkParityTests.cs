using StickGen.Compression;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>Networks of several kinds, small: every quantized value of the integer model is that of the integer-exact forward.</summary>
public sealed class NetworkParityTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public NetworkParityTests() => random.manual_seed(4);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void MobileNetV3(int bits) => Check(new MobileNetV3Block(), [3, 8, 9, 7], bits);

    [Fact]
    public void ShuffleNetV2() => Check(new ShuffleNetV2Unit(), [3, 8, 7, 5]);

    [Fact]
    public void Yolo() => Check(new C2f(16, 8), [2, 16, 20, 20]);

    [Theory]
    [InlineData(8)]
    [InlineData(5)]
    public void Transformer(int bits) => Check(new VisionTransformer(8, 2, 1, 3), [2, 3, 224, 224], bits);

    private static void Check(Module<Tensor, Tensor> model, long[] shape, int bits = 8)
    {
        using var disposeModel = model;
        var assembly = new VariantAssembly((ICompressible)model, new SimulatedQuantization(new() { ActivationBits = bits, WeightBits = bits }), []);
        using var variant = (Module<Tensor, Tensor>)((ICompressible)model).CreateVariant(new(assembly, ""));
        variant.train();
        variant.forward(Data.Normal(1, shape));
        variant.eval();
        ExactParity.Check(variant, assembly.State, ModelLowering.Lower(assembly.State), Data.Normal(2, shape) * 1.5);
    }
}
