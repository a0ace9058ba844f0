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
    var v2 = x;
    for (int i = 0; i < model.layers.Count; i++)
    {
        using var at = t.Iteration("layers", i);
        if (i == model.depth)
        {
            break;
        }

        t.At("x = layers[i].forward(x);", 26);
        var v3 = t.Module(3, model.layers[i], v2);
        t.Site("layers", 3);
        if (i % 2 == 0)
        {
            v2 = v3;
            continue;
        }

        v1.Add(v3);
        t.At("x = max_pool2d(x, 2);", 30);
        v2 = t.MaxPool2d(4, v3, kernel_size: 2);
    }

    var v5 = v2;
    for (int i_2 = model.convs.Count - 1, k = 0; i_2 >= 0; i_2--, k++)
    {
        using var at = t.Iteration("convs", i_2);
        var conv = model.convs[i_2];
        t.At("x = conv.forward(cat([x, skips[skips.Count - 1 - k]], 1));", 36);
        var v6 = v1[v1.Count - 1 - k];
        t.Arguments(7, v5, v6);
        var v7 = t.Concat(7, [v5, v6], dim: 1);
        var v8 = t.Module(8, conv, v7);
        v5 = v8;
        if (i_2 > 0)
        {
            t.At("x = relu(x);", 38);
            v5 = t.Relu(9, v8);
            t.Site("relu", 9);
        }

        t.Site("concat", 7);
        t.Site("convs", 8);
    }

    int count = 0;
    var v11 = v5;
    foreach (var block in t.Each("blocks", global::System.Linq.Enumerable.Reverse(model.blocks)))
    {
        for (int j = 0; j < model.depth; j += 2)
        {
            using var at_2 = t.Iteration("loop", j);
            count = count + 1;
            if (count > 3)
            {
                return v11;
            }

            t.At("x = block.forward(x) + convs[^1].forward(x);", 49);
            var v13 = t.Module(13, block, v11);
            var v14 = t.Module(14, model.convs[^1], v11);
            t.Arguments(15, v13, v14);
            v11 = t.Add(15, v13, v14);
            t.Site("convs", 14);
            t.Site("add", 15);
        }
    }

    return v11;
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
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v1 = [];
    var v2 = v0;
    for (int i = 0; i < layers.Count; i++)
    {
        var at = units.layers[i];
        if (i == origin.depth)
        {
            break;
        }

        // x = layers[i].forward(x);
        var v3 = at.layers.forward(v2);  // layers
        if (i % 2 == 0)
        {
            v2 = v3;
            continue;
        }

        // skips.Add(x);
        v1.Add(v3);
        // x = max_pool2d(x, 2);
        v2 = global::TorchSharp.torch.nn.functional.max_pool2d(v3, 2);
    }

    var v5 = v2;
    for (int i_2 = convs.Count - 1, k = 0; i_2 >= 0; i_2--, k++)
    {
        var at = units.convs[i_2];
        // var conv = convs[i];
        // x = conv.forward(cat([x, skips[skips.Count - 1 - k]], 1));
        var v6 = v1[v1.Count - 1 - k];
        var v7 = at.concat.forward(v5, v6);  // concat
        var v8 = at.convs.forward(v7);  // convs
        v5 = v8;
        if (i_2 > 0)
        {
            // x = relu(x);
            v5 = at.relu.forward(v8);  // relu
        }
    }

    // var count = 0;
    int count = 0;
    var v11 = v5;
    foreach (var (block, at) in units.blocks.Each(global::System.Linq.Enumerable.Reverse(blocks)))
    {
        for (int j = 0; j < origin.depth; j += 2)
        {
            var at_2 = at.loop[j];
            // count++;
            count = count + 1;
            if (count > 3)
            {
                // return x;
                return v11.MoveToOuterDisposeScope();
            }

            // x = block.forward(x) + convs[^1].forward(x);
            var v13 = block.forward(v11);
            var v14 = at_2.convs.forward(v11);  // convs
            v11 = at_2.add.forward(v13, v14);  // add
        }
    }

    // return x;
    return v11.MoveToOuterDisposeScope();
}
