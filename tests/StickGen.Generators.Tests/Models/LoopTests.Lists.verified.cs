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
    global::System.Collections.Generic.List<global::StickGen.Compression.SymbolicTensor> v1 = [x];
    foreach (var conv in t.Each("convs", model.convs))
    {
        t.At("outputs.Add(conv.forward(outputs[^1]));", 23);
        var v2 = v1[^1];
        var v3 = t.Module(3, conv, v2);
        v1.Add(v3);
        t.Site("conv", 3);
    }

    t.At("x = cat(outputs, 1);", 24);
    t.Arguments(4, [.. v1]);
    var v4 = t.Concat(4, [.. v1], dim: 1);
    var v5 = v4;
    for (int i = 0; i < model.blocks.Count; i++)
    {
        using var at = t.Iteration("blocks", i);
        t.At("var y = blocks[i].forward(grown);", 28);
        var v6 = t.Module(6, model.blocks[i], v5);
        t.At("grown = cat([grown, y], 1);", 29);
        t.Arguments(7, v5, v6);
        v5 = t.Concat(7, [v5, v6], dim: 1);
        if (global::System.MemoryExtensions.Contains(model.taps, i))
        {
            v1.Insert(0, v6);
        }

        t.Site("concat", 7);
    }

    var v8 = v1[0];
    var v9 = v8;
    foreach (var output in t.Each("loop", global::System.Linq.Enumerable.Skip(v1, 1)))
    {
        var v10 = output;
        t.At("sum = sum + output;", 36);
        t.Arguments(11, v9, v10);
        v9 = t.Add(11, v9, v10);
        t.Site("add", 11);
    }

    t.At("return cat(new[] { sum, outputs[depth], stack(outputs.ToArray(), 0).mean([0]) }, 1);", 37);
    var v12 = v1[model.depth];
    global::System.Collections.Generic.List<global::StickGen.Compression.SymbolicTensor> v13 = [.. v1];
    t.Arguments(14, [.. v13]);
    var v14 = t.Stack(14, [.. v13], dim: 0);
    var v15 = t.Mean(15, v14, dim: [0]);
    t.Arguments(16, v9, v12, v15);
    var v16 = t.Concat(16, [v9, v12, v15], dim: 1);
    t.Site("concat", 4);
    t.Site("stack", 14);
    t.Site("mean", 15);
    t.Site("concat_2", 16);
    return v16;
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
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v1 = [v0];
    foreach (var (conv, at) in units.convs.Each(convs))
    {
        // outputs.Add(conv.forward(outputs[^1]));
        var v2 = v1[^1];
        var v3 = at.conv.forward(v2);  // conv
        v1.Add(v3);
    }

    // x = cat(outputs, 1);
    var v4 = units.concat.forward([.. v1]);  // concat
    var v5 = v4;
    for (int i = 0; i < blocks.Count; i++)
    {
        var at = units.blocks[i];
        // var y = blocks[i].forward(grown);
        var v6 = blocks[i].forward(v5);
        // grown = cat([grown, y], 1);
        v5 = at.concat.forward(v5, v6);  // concat
        if (global::System.MemoryExtensions.Contains(origin.taps, i))
        {
            // outputs.Insert(0, y);
            v1.Insert(0, v6);
        }
    }

    // var sum = outputs[0];
    var v8 = v1[0];
    var v9 = v8;
    foreach (var (output, at) in units.loop.Each(global::System.Linq.Enumerable.Skip(v1, 1)))
    {
        var v10 = output;
        // sum = sum + output;
        v9 = at.add.forward(v9, v10);  // add
    }

    // return cat(new[] { sum, outputs[depth], stack(outputs.ToArray(), 0).mean([0]) }, 1);
    var v12 = v1[origin.depth];
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v13 = [.. v1];
    var v14 = units.stack.forward(global::TorchSharp.torch.stack(v13, 0));  // stack
    var v15 = units.mean.forward(v14.mean([0]), v14);  // mean
    var v16 = units.concat_2.forward(v9, v12, v15);  // concat
    return v16.MoveToOuterDisposeScope();
}
