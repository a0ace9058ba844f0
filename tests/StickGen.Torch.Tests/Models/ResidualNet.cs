using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>Residual addition, concatenation, means, a batch normalization on its own, a flatten by view.</summary>
public sealed class ResidualNet : TestModel
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn1;
    private readonly BatchNorm2d bn2;
    private readonly BatchNorm2d bn3;
    private readonly Linear fc;
    private readonly AvgPool2d pool;
    private readonly int features;

    public ResidualNet(int channels = 6, bool convBias = false)
        : base(nameof(ResidualNet), new Shape("batch", channels, 9, 7))
    {
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

    public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
    {
        t.At("var y = relu(bn1.forward(conv1.forward(x)));");
        var v1 = t.Module(1, "conv1", conv1, x);
        var v2 = t.Module(2, "bn1", bn1, v1);
        var v3 = t.Relu(3, v2);
        t.At("y = bn2.forward(conv2.forward(y));");
        var v4 = t.Module(4, "conv2", conv2, v3);
        var v5 = t.Module(5, "bn2", bn2, v4);
        t.At("y = relu(y + x);");
        var v6 = t.Add(6, v5, x);
        var v7 = t.Relu(7, v6);
        t.At("y = bn3.forward(cat([y, x], 1));");
        var v8 = t.Concat(8, [v7, x], 1);
        var v9 = t.Module(9, "bn3", bn3, v8);
        t.At("y = adaptive_avg_pool2d(pool.forward(relu6(y)), [3, 2]);");
        var v10 = t.Relu6(10, v9);
        var v11 = t.Module(11, "pool", pool, v10);
        var v12 = t.AdaptiveAvgPool2d(12, v11, [3, 2]);
        t.At("return fc.forward(y.view(y.shape[0], features));");
        var v13 = t.Reshape(13, v12, v12.shape[0], features);
        var v14 = t.Module(14, "fc", fc, v13);
        t.Site("conv1_bn1_relu", 1, 2, 3);
        t.Site("conv2_bn2", 4, 5);
        t.Site("add_relu", 6, 7);
        t.Site("concat", 8);
        t.Site("bn3", 9);
        t.Site("relu6", 10);
        t.Site("pool", 11);
        t.Site("adaptive_avg_pool2d", 12);
        t.Site("fc", 14);
        return v14;
    }

    public override Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner)
    {
        builder.Rebuild(owner, "conv1", conv1);
        builder.Rebuild(owner, "conv2", conv2);
        builder.Rebuild(owner, "bn1", bn1);
        builder.Rebuild(owner, "bn2", bn2);
        builder.Rebuild(owner, "bn3", bn3);
        builder.Rebuild(owner, "pool", pool);
        builder.Rebuild(owner, "fc", fc);
        var input = builder.Input("x");
        var conv1Bn1Relu = builder.Unit("conv1_bn1_relu");
        var conv2Bn2 = builder.Unit("conv2_bn2");
        var addRelu = builder.Unit("add_relu");
        var concat = builder.Unit("concat");
        var bn3Unit = builder.Unit("bn3");
        var relu6Unit = builder.Unit("relu6");
        var poolUnit = builder.Unit("pool");
        var adaptive = builder.Unit("adaptive_avg_pool2d");
        var fcUnit = builder.Unit("fc");
        return x =>
        {
            var v0 = input.forward(x);
            var v3 = conv1Bn1Relu.forward(v0);
            var v5 = conv2Bn2.forward(v3);
            var v7 = addRelu.forward(v5, v0);
            var v8 = concat.forward(v7, v0);
            var v9 = bn3Unit.forward(v8);
            var v10 = relu6Unit.forward(v9);
            var v11 = poolUnit.forward(v10);
            var v12 = adaptive.forward(v11);
            var v13 = v12.view(v12.shape[0], features);
            return fcUnit.forward(v13);
        };
    }
}
