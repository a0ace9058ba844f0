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
    t.At("var current = stem.forward(x);", 22);
    var v1 = t.Module(1, "stem", model.stem, x);
    t.At("var constant = relu(current);", 23);
    var v2 = t.Relu(2, v1);
    var v3 = x;
    var v4 = v1;
    foreach (var conv in t.Each("convs", model.convs))
    {
        t.At("current = conv.forward(current) + previous + constant;", 27);
        var v5 = t.Module(5, conv, v3);
        t.Arguments(6, v5, v4);
        var v6 = t.Add(6, v5, v4);
        var v7 = t.Add(7, v6, v2);
        v3 = v4;
        v4 = v7;
        t.Site("conv", 5);
        t.Site("add", 6);
        t.Site("add_2", 7);
    }

    var v8 = v3;
    var v9 = v4;
    for (int i = 0; i < model.depth; i++)
    {
        using var at = t.Iteration("loop", i);
        t.At("current = relu(current + constant);", 33);
        var v10 = t.Add(10, v9, v2);
        t.Arguments(11, v9, v2);
        var v11 = t.Relu(11, v10);
        v8 = v9;
        v9 = v11;
        t.Site("add_relu", 10, 11);
    }

    t.At("return previous + current;", 36);
    t.Arguments(12, v8, v9);
    var v12 = t.Add(12, v8, v9);
    t.Site("stem", 1);
    t.Site("relu", 2);
    t.Site("add", 12);
    return v12;
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
    // var current = stem.forward(x);
    var v1 = units.stem.forward(v0);  // stem
    // var constant = relu(current);
    var v2 = units.relu.forward(v1);  // relu
    var v3 = v0;
    var v4 = v1;
    foreach (var (conv, at) in units.convs.Each(convs))
    {
        // current = conv.forward(current) + previous + constant;
        var v5 = at.conv.forward(v3);  // conv
        var v6 = at.add.forward(v5, v4);  // add
        var v7 = at.add_2.forward(v6, v2);  // add
        v3 = v4;
        v4 = v7;
    }

    var v8 = v3;
    var v9 = v4;
    for (int i = 0; i < origin.depth; i++)
    {
        var at = units.loop[i];
        // current = relu(current + constant);
        var v11 = at.add_relu.forward(v9, v2);  // add, relu: AddRelu
        v8 = v9;
        v9 = v11;
    }

    // return previous + current;
    var v12 = units.add.forward(v8, v9);  // add
    return v12.MoveToOuterDisposeScope();
}
