// Net.Graph.Replay
{
    t.At("return Activate(conv1.forward(x)) + Shortcut(x);", 29);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    global::StickGen.Compression.SymbolicTensor v3;
    if (model.activation is "relu")
    {
        v3 = t.Relu(2, v1);
        t.Site("relu", 2);
    }
    else
    {
        v3 = v1;
    }

    global::StickGen.Compression.SymbolicTensor v6;
    if (model.down is null)
    {
        v6 = x;
    }
    else
    {
        var v4 = t.Module(4, "down", model.down!, x);
        v6 = t.Relu(5, v4);
        t.Site("down_relu", 4, 5);
    }

    t.Arguments(7, v3, v6);
    var v7 = t.Add(7, v3, v6);
    t.Site("conv1", 1);
    t.Site("add", 7);
    return v7;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // return Activate(conv1.forward(x)) + Shortcut(x);
    var v1 = units.conv1.forward(v0);  // conv1
    global::TorchSharp.torch.Tensor v3;
    if (origin.activation is "relu")
    {
        v3 = units.relu.forward(v1);  // relu
    }
    else
    {
        v3 = v1;
    }

    global::TorchSharp.torch.Tensor v6;
    if (down is null)
    {
        v6 = v0;
    }
    else
    {
        v6 = units.down_relu.forward(v0);  // down, relu: ConvRelu
    }

    var v7 = units.add.forward(v3, v6);  // add
    return v7.MoveToOuterDisposeScope();
}
