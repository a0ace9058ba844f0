// Net.Graph.Replay
{
    t.At("x = layers[0].forward(x);", 17);
    var v1 = t.Module(1, "layers.0", model.layers[0], x);
    t.At("x = ((Conv2d)layers[1]).forward(x);", 18);
    var v2 = t.Module(2, "layers.1", ((global::TorchSharp.Modules.Conv2d)model.layers[1]), v1);
    t.At("x = features.forward(x);", 19);
    var v3 = t.Module(3, "features", model.features, v2);
    t.At("x = relu(inner.conv.forward(x));", 20);
    var v4 = t.Module(4, "inner.conv", model.inner.conv, v3);
    var v5 = t.Relu(5, v4);
    t.At("return down!.forward(x);", 21);
    var v6 = t.Module(6, "down", model.down!, v5);
    t.Site("layers_0", 1);
    t.Site("layers_1", 2);
    t.Site("features", 3);
    t.Site("inner_conv_relu", 4, 5);
    t.Site("down", 6);
    return v6;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = layers[0].forward(x);
    var v1 = units.layers_0.forward(v0);  // layers_0
    // x = ((Conv2d)layers[1]).forward(x);
    var v2 = units.layers_1.forward(v1);  // layers_1
    // x = features.forward(x);
    var v3 = units.features.forward(v2);  // features
    // x = relu(inner.conv.forward(x));
    var v5 = units.inner_conv_relu.forward(v3);  // inner_conv, relu: ConvRelu
    // return down!.forward(x);
    var v6 = units.down.forward(v5);  // down
    return v6.MoveToOuterDisposeScope();
}
