using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models;

/// <summary>One convolution or linear layer, with what may follow it.</summary>
public sealed class SingleLayerNet : TestModel
{
    private readonly Module<Tensor, Tensor> layer;
    private readonly BatchNorm2d? bn;
    private readonly Module<Tensor, Tensor>? activation;
    private readonly Module<Tensor, Tensor>? pool;

    public SingleLayerNet(
        Shape shape, Module<Tensor, Tensor> layer, BatchNorm2d? bn = null, Module<Tensor, Tensor>? activation = null,
        Module<Tensor, Tensor>? pool = null)
        : base(nameof(SingleLayerNet), shape)
    {
        (this.layer, this.bn, this.activation, this.pool) = (layer, bn, activation, pool);
        RegisterComponents();
    }

    public bool KeepsFloat { get; init; }

    public override Tensor forward(Tensor x)
    {
        x = layer.forward(x);
        if (bn is not null)
            x = bn.forward(x);
        if (activation is not null)
            x = activation.forward(x);
        return pool is null ? x : pool.forward(x);
    }

    public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
    {
        t.At("x = layer.forward(x);");
        x = t.Module(1, "layer", layer, x, KeepsFloat);
        if (bn is not null)
            x = t.Module(2, "bn", bn, x);
        if (activation is not null)
            x = t.Module(3, "activation", activation, x);
        if (pool is not null)
        {
            x = t.Module(4, "pool", pool, x);
            if (pool is not TorchSharp.Modules.MaxPool2d)
                t.Site("pool", 4);
        }

        t.Site("layer", 1, 2, 3);
        return x;
    }

    public override Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner)
    {
        builder.Rebuild(owner, "layer", layer);
        builder.Rebuild(owner, "bn", bn);
        builder.Rebuild(owner, "activation", activation);
        var poolCopy = builder.Rebuild(owner, "pool", pool);
        var input = builder.Input("x");
        var unit = builder.Unit("layer");
        var poolUnit = pool is null or TorchSharp.Modules.MaxPool2d ? null : builder.Unit("pool");
        return x =>
        {
            x = unit.forward(input.forward(x));
            return poolUnit is not null ? poolUnit.forward(x) : poolCopy is not null ? poolCopy.forward(x) : x.alias();
        };
    }
}
