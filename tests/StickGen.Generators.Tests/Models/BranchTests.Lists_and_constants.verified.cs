// Net.Graph.Replay
{
    var v2 = x;
    if (model.useRes)
    {
        t.At("parts[0].relu_();", 25);
        v2 = t.Relu(1, x);
        t.Site("relu", 1);
    }

    global::StickGen.Compression.SymbolicTensor v5;
    if (model.mode > 1)
    {
        t.At("parts.Add(conv1.forward(x));", 27);
        v5 = t.Module(3, "conv1", model.conv1, v2);
        t.Site("conv1", 3);
    }
    else
    {
        t.At("parts.Add(relu(x));", 29);
        v5 = t.Relu(4, v2);
        t.Site("relu_2", 4);
    }

    t.At("return useRes ? cat(parts, 1) : Debug ? x : cat(parts, 0);", 33);
    global::StickGen.Compression.SymbolicTensor v8;
    if (model.useRes)
    {
        t.Arguments(6, v2, v5);
        v8 = t.Concat(6, [v2, v5], dim: 1);
        t.Site("concat", 6);
    }
    else
    {
        t.Arguments(7, v2, v5);
        v8 = t.Concat(7, [v2, v5], dim: 0);
        t.Site("concat_2", 7);
    }

    return v8;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    var v2 = v0;
    if (origin.useRes)
    {
        // parts[0].relu_();
        v2 = units.relu.forward(v0);  // relu
    }

    global::TorchSharp.torch.Tensor v5;
    if (origin.mode > 1)
    {
        // parts.Add(conv1.forward(x));
        v5 = units.conv1.forward(v2);  // conv1
    }
    else
    {
        // parts.Add(relu(x));
        v5 = units.relu_2.forward(v2);  // relu
    }

    // return useRes ? cat(parts, 1) : Debug ? x : cat(parts, 0);
    global::TorchSharp.torch.Tensor v8;
    if (origin.useRes)
    {
        v8 = units.concat.forward(v2, v5);  // concat
    }
    else
    {
        v8 = units.concat_2.forward(v2, v5);  // concat
    }

    return v8.MoveToOuterDisposeScope();
}
