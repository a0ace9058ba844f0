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
    global::System.Collections.Generic.List<global::StickGen.Compression.SymbolicTensor> v1 = [];
    foreach (var conv in t.Each("convs", model.convs))
    {
        var v2 = t.Module(2, conv, x);
        v1.Add(v2);
        t.Site("conv", 2);
    }

    global::System.Collections.Generic.List<global::StickGen.Compression.SymbolicTensor> v3 = [x];
    v3.AddRange(v1);
    t.At("x = cat(parts, 1) + cat(convs.Select(c => relu(c.forward(x))).ToArray(), 1);", 23);
    t.Arguments(4, [.. v3]);
    var v4 = t.Concat(4, [.. v3], dim: 1);
    global::System.Collections.Generic.List<global::StickGen.Compression.SymbolicTensor> v5 = [];
    foreach (var c in t.Each("convs_2", model.convs))
    {
        var v6 = t.Module(6, c, x);
        var v7 = t.Relu(7, v6);
        v5.Add(v7);
        t.Site("c_relu", 6, 7);
    }

    t.Arguments(8, [.. v5]);
    var v8 = t.Concat(8, [.. v5], dim: 1);
    var v9 = t.Add(9, v4, v8);
    var v10 = v9;
    foreach (var block in model.blocks)
    {
        v10 = t.Module(11, block, v10);
    }

    t.At("return head.forward(blocks.Aggregate(x, (y, block) => block.forward(y)));", 24);
    var v12 = t.Module(12, "head", model.head, v10);
    t.Site("concat", 4);
    t.Site("concat_2", 8);
    t.Site("add", 9);
    t.Site("head", 12);
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
    // parts.AddRange(convs.Select(conv => conv.forward(x)).ToList());
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v1 = [];
    foreach (var (conv, at) in units.convs.Each(convs))
    {
        var v2 = at.conv.forward(v0);  // conv
        v1.Add(v2);
    }

    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v3 = [v0];
    v3.AddRange(v1);
    // x = cat(parts, 1) + cat(convs.Select(c => relu(c.forward(x))).ToArray(), 1);
    var v4 = units.concat.forward([.. v3]);  // concat
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v5 = [];
    foreach (var (c, at) in units.convs_2.Each(convs))
    {
        var v7 = at.c_relu.forward(v0);  // c, relu: ConvRelu
        v5.Add(v7);
    }

    var v8 = units.concat_2.forward([.. v5]);  // concat
    var v9 = units.add.forward(v4, v8);  // add
    var v10 = v9;
    foreach (var block in blocks)
    {
        v10 = block.forward(v10);
    }

    // return head.forward(blocks.Aggregate(x, (y, block) => block.forward(y)));
    var v12 = units.head.forward(v10);  // head
    return v12.MoveToOuterDisposeScope();
}
