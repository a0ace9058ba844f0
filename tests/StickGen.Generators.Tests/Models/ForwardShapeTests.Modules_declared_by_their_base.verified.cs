// Net.Graph.Replay
{
    t.At("x = relu(Norm.forward(stem.forward(x)));", 28);
    var v1 = t.Module(1, "stem", model.stem, x);
    var v2 = t.Module(2, "<Norm>k__BackingField", model.Norm, v1);
    var v3 = t.Relu(3, v2);
    t.At("x = act.forward(conv1.forward(x));", 29);
    var v4 = t.Module(4, "conv1", model.conv1, v3);
    var v5 = t.Module(5, "act", model.act, v4);
    var v8 = v5;
    if (model.down is not null)
    {
        t.At("x = relu(down.forward(x));", 31);
        var v6 = t.Module(6, "down", model.down!, v5);
        v8 = t.Relu(7, v6);
        t.Site("down_relu", 6, 7);
    }

    t.At("return either.forward(conv2.forward(x));", 32);
    var v9 = t.Module(9, "conv2", model.conv2, v8);
    var v10 = t.Module(10, "either", model.either, v9);
    t.Site("stem_Norm_relu", 1, 2, 3);
    t.Site("conv1", 4);
    t.Site("act", 5);
    t.Site("conv2", 9);
    t.Site("either", 10);
    return v10;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = relu(Norm.forward(stem.forward(x)));
    var v3 = units.stem_Norm_relu.forward(v0);  // stem, Norm, relu: ConvBatchNormRelu
    // x = act.forward(conv1.forward(x));
    var v4 = units.conv1.forward(v3);  // conv1
    var v5 = units.act.forward(v4);  // act
    var v8 = v5;
    if (down is not null)
    {
        // x = relu(down.forward(x));
        v8 = units.down_relu.forward(v5);  // down, relu: ConvRelu
    }

    // return either.forward(conv2.forward(x));
    var v9 = units.conv2.forward(v8);  // conv2
    var v10 = units.either.forward(v9);  // either
    return v10.MoveToOuterDisposeScope();
}
