// Block.Graph.Replay
{
    t.At("return relu(conv.forward(x)) + x;", 7);
    var v1 = t.Module(1, "conv", model.conv, x);
    var v2 = t.Relu(2, v1);
    var v3 = t.Add(3, v2, x);
    t.Site("conv_relu", 1, 2);
    t.Site("add", 3);
    return v3;
}

// Net.Graph.Replay
{
    t.At("x = stem.forward(x);", 21);
    var v1 = t.Module(1, "stem", model.stem, x);
    var v2 = v1;
    foreach (var conv in t.Each("convs", model.convs))
    {
        t.At("x = relu(conv.forward(x));", 23);
        var v3 = t.Module(3, conv, v2);
        v2 = t.Relu(4, v3);
        t.Site("conv_relu", 3, 4);
    }

    var v5 = v2;
    foreach (var block in model.blocks)
    {
        t.At("x = block.forward(x);", 25);
        v5 = t.Module(6, block, v5);
    }

    var v7 = v5;
    for (int i = 0; i < model.layers.Count; i++)
    {
        using var at = t.Iteration("layers", i);
        t.At("x = layers[i].forward(x) + identity;", 29);
        var v8 = t.Module(8, model.layers[i], v7);
        t.Arguments(9, v8, v7);
        v7 = t.Add(9, v8, v7);
        t.Site("layers", 8);
        t.Site("add", 9);
    }

    t.At("return head.forward(x);", 32);
    var v10 = t.Module(10, "head", model.head, v7);
    t.Site("stem", 1);
    t.Site("head", 10);
    return v10;
}

// Block.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // return relu(conv.forward(x)) + x;
    var v2 = units.conv_relu.forward(v0);  // conv, relu: ConvRelu
    var v3 = units.add.forward(v2, v0);  // add
    return v3.MoveToOuterDisposeScope();
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = stem.forward(x);
    var v1 = units.stem.forward(v0);  // stem
    var v2 = v1;
    foreach (var (conv, at) in units.convs.Each(convs))
    {
        // x = relu(conv.forward(x));
        v2 = at.conv_relu.forward(v2);  // conv, relu: ConvRelu
    }

    var v5 = v2;
    foreach (var block in blocks)
    {
        // x = block.forward(x);
        v5 = block.forward(v5);
    }

    var v7 = v5;
    for (int i = 0; i < layers.Count; i++)
    {
        var at = units.layers[i];
        // x = layers[i].forward(x) + identity;
        var v8 = at.layers.forward(v7);  // layers
        v7 = at.add.forward(v8, v7);  // add
    }

    // return head.forward(x);
    var v10 = units.head.forward(v7);  // head
    return v10.MoveToOuterDisposeScope();
}
