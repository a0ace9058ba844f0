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
    var v1 = x;
    foreach (var (name, head_2) in t.Each("heads", model.heads))
    {
        t.At("x = name == \"relu\" ? relu(x) : head.forward(x);", 22);
        global::StickGen.Compression.SymbolicTensor v4;
        if (name == "relu")
        {
            v4 = t.Relu(2, v1);
            t.Site("relu", 2);
        }
        else
        {
            v4 = t.Module(3, head_2, v1);
            t.Site("head", 3);
        }

        v1 = v4;
    }

    var v5 = v1;
    foreach (var child in t.Each("features", global::System.Linq.Enumerable.Cast<global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>>(model.features.children())))
    {
        t.At("x = child.forward(x);", 24);
        v5 = t.Module(6, child, v5);
        t.Site("child", 6);
    }

    var v7 = v5;
    foreach (var (_, child_2) in t.Each("features_2", model.features.named_children()))
    {
        t.At("x = ((Module<Tensor, Tensor>)child).forward(x);", 26);
        v7 = t.Module(8, ((global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>)child_2), v7);
        t.Site("child", 8);
    }

    var v9 = v7;
    foreach (var pair in t.Each("convs", global::System.Linq.Enumerable.Zip(model.convs, model.blocks)))
    {
        t.At("x = pair.Second.forward(pair.First.forward(x));", 28);
        var v10 = t.Module(10, pair.First, v9);
        v9 = t.Module(11, pair.Second, v10);
        t.Site("pair", 10);
    }

    var v12 = v9;
    foreach (var i in t.Each("loop", global::System.Linq.Enumerable.Reverse(global::System.Linq.Enumerable.Range(0, model.depth))))
    {
        t.At("x = convs[i].forward(layers.Last().forward(x));", 30);
        var v13 = t.Module(13, global::System.Linq.Enumerable.Last(model.layers), v12);
        v12 = t.Module(14, model.convs[i], v13);
        t.Site("layers_Last__", 13);
        t.Site("convs", 14);
    }

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
    var v1 = v0;
    foreach (var ((name, head_2), at) in units.heads.Each(heads))
    {
        // x = name == "relu" ? relu(x) : head.forward(x);
        global::TorchSharp.torch.Tensor v4;
        if (name == "relu")
        {
            v4 = at.relu.forward(v1);  // relu
        }
        else
        {
            v4 = at.head.forward(v1);  // head
        }

        v1 = v4;
    }

    var v5 = v1;
    foreach (var (child, at) in units.features.Each(global::System.Linq.Enumerable.Cast<global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>>(features.children())))
    {
        // x = child.forward(x);
        v5 = at.child.forward(v5);  // child
    }

    var v7 = v5;
    foreach (var ((_, child_2), at) in units.features_2.Each(features.named_children()))
    {
        // x = ((Module<Tensor, Tensor>)child).forward(x);
        v7 = at.child.forward(v7);  // child
    }

    var v9 = v7;
    foreach (var (pair, at) in units.convs.Each(global::System.Linq.Enumerable.Zip(convs, blocks)))
    {
        // x = pair.Second.forward(pair.First.forward(x));
        var v10 = at.pair.forward(v9);  // pair
        v9 = pair.Second.forward(v10);
    }

    var v12 = v9;
    foreach (var (i, at) in units.loop.Each(global::System.Linq.Enumerable.Reverse(global::System.Linq.Enumerable.Range(0, origin.depth))))
    {
        // x = convs[i].forward(layers.Last().forward(x));
        var v13 = at.layers_Last__.forward(v12);  // layers_Last__
        v12 = at.convs.forward(v13);  // convs
    }

    // return x;
    return v12.MoveToOuterDisposeScope();
}
