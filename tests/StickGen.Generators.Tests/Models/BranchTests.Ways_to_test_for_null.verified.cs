// Net.Graph.Replay
{
    var v3 = x;
    if (model.down is { })
    {
        t.At("x = relu(d.forward(x));", 22);
        var v1 = t.Module(1, "down", model.down!, x);
        v3 = t.Relu(2, v1);
        t.Site("down_relu", 1, 2);
    }

    var v6 = v3;
    if (model.down != null && model.other is global::TorchSharp.Modules.Conv2d)
    {
        t.At("x = c.forward(x);", 25);
        var v4 = t.Module(4, "other", ((global::TorchSharp.Modules.Conv2d)model.other!), v3);
        t.At("x = down.forward(x);", 26);
        v6 = t.Module(5, "down", model.down!, v4);
        t.Site("other", 4);
        t.Site("down", 5);
    }

    t.At("x = down?.forward(x) ?? x;", 29);
    global::StickGen.Compression.SymbolicTensor v8;
    if (model.down is not null)
    {
        v8 = t.Module(7, "down", model.down!, v6);
        t.Site("down_2", 7);
    }
    else
    {
        v8 = v6;
    }

    t.At("return other == null ? x : other.forward(x);", 30);
    global::StickGen.Compression.SymbolicTensor v10;
    if (model.other == null)
    {
        v10 = v8;
    }
    else
    {
        v10 = t.Module(9, "other", model.other!, v8);
        t.Site("other_2", 9);
    }

    return v10;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    var v3 = v0;
    if (down is { })
    {
        // x = relu(d.forward(x));
        v3 = units.down_relu.forward(v0);  // down, relu: ConvRelu
    }

    var v6 = v3;
    if (down != null && other is global::TorchSharp.Modules.Conv2d)
    {
        // x = c.forward(x);
        var v4 = units.other.forward(v3);  // other
        // x = down.forward(x);
        v6 = units.down.forward(v4);  // down
    }

    // x = down?.forward(x) ?? x;
    global::TorchSharp.torch.Tensor v8;
    if (down is not null)
    {
        v8 = units.down_2.forward(v6);  // down
    }
    else
    {
        v8 = v6;
    }

    // return other == null ? x : other.forward(x);
    global::TorchSharp.torch.Tensor v10;
    if (other == null)
    {
        v10 = v8;
    }
    else
    {
        v10 = units.other_2.forward(v8);  // other
    }

    return v10.MoveToOuterDisposeScope();
}
