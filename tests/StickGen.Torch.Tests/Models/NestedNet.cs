using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models;

/// <summary>A stage, as another compressible class.</summary>
public sealed class Stage : TestModel
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;

    public Stage(int inputs, int outputs)
        : base(nameof(Stage), null)
    {
        conv = Conv2d(inputs, outputs, 3, padding: Padding.Same);
        bn = BatchNorm2d(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => bn.forward(conv.forward(x)).relu();

    public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
    {
        t.At("return bn.forward(conv.forward(x)).relu();");
        var v3 = t.Relu(3, t.Module(2, "bn", bn, t.Module(1, "conv", conv, x)));
        t.Site("conv_bn_relu", 1, 2, 3);
        return v3;
    }

    public override Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner)
    {
        builder.Rebuild(owner, "conv", conv);
        builder.Rebuild(owner, "bn", bn);
        var input = builder.Input("x");
        var unit = builder.Unit("conv_bn_relu");
        return x => unit.forward(input.forward(x));
    }
}

/// <summary>
/// Compressible children by declared type and inside a Sequential, a Sequential of modules, an opaque function and an
/// opaque module.
/// </summary>
public sealed class NestedNet : TestModel
{
    private readonly Stage stage = new(3, 4);
    private readonly Sequential features;
    private readonly Linear fc = Linear(5 * 4 * 4, 3);
    private readonly bool opaque;

    public NestedNet(bool opaque)
        : base(nameof(NestedNet), new Shape("batch", 3, 8, 8))
    {
        this.opaque = opaque;
        features = opaque
            ? Sequential(("stage", new Stage(4, 5)), ("gelu", GELU()), ("conv", Conv2d(5, 5, 1)), ("pool", MaxPool2d(2)))
            : Sequential(
                ("stage", (Module<Tensor, Tensor>)new Stage(4, 5)), ("conv", Conv2d(5, 5, 1)), ("bn", BatchNorm2d(5)), ("act", ReLU6()),
                ("drop", Dropout(0.3)), ("id", Identity()), ("pool", MaxPool2d(2)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = features.forward(stage.forward(x));
        if (opaque)
            y = y.sigmoid();
        return fc.forward(y.flatten(1));
    }

    public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
    {
        t.At("var y = features.forward(stage.forward(x));");
        var y = t.Module(2, "features", features, t.Module(1, "stage", stage, x));
        if (opaque)
        {
            t.At("y = y.sigmoid();");
            y = t.Opaque(3, "y.sigmoid()", y);
            t.Site("sigmoid", 3);
        }

        t.At("return fc.forward(y.flatten(1));");
        var v5 = t.Module(5, "fc", fc, t.Flatten(4, y, 1));
        t.Site("features", 2);
        t.Site("fc", 5);
        return v5;
    }

    public override Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner)
    {
        var inner = builder.Register(
            owner, "stage", ((ICompressible<TestVariant, TestDeployed>)stage).CreateFakeQuantized(builder.Enter("stage")));
        builder.Rebuild(owner, "features", features);
        builder.Rebuild(owner, "fc", fc);
        var input = builder.Input("x");
        var featuresUnit = builder.Unit("features");
        var sigmoidUnit = opaque ? builder.Unit("sigmoid") : null;
        var fcUnit = builder.Unit("fc");
        return x =>
        {
            var y = featuresUnit.forward(inner.forward(input.forward(x)));
            if (opaque)
                y = sigmoidUnit!.forward(y.sigmoid());
            return fcUnit.forward(y.flatten(1));
        };
    }
}
