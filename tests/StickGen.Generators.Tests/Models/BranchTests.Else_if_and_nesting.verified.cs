// Net.Graph.Replay
{
    global::StickGen.Compression.SymbolicTensor v7;
    if (model.mode == 0)
    {
        t.At("y = relu(conv1.forward(x));", 24);
        var v1 = t.Module(1, "conv1", model.conv1, x);
        v7 = t.Relu(2, v1);
        t.Site("conv1_relu", 1, 2);
    }
    else if (model.mode == 1)
    {
        v7 = x;
        if (model.useRes)
        {
            t.At("y = relu(x);", 30);
            v7 = t.Relu(3, x);
            t.Site("relu", 3);
        }
    }
    else
    {
        t.At("var unused = conv1.forward(x);", 34);
        var v5 = t.Module(5, "conv1", model.conv1, x);
        t.At("y = bn1.forward(unused);", 35);
        v7 = t.Module(6, "bn1", model.bn1, v5);
        t.Site("conv1_bn1", 5, 6);
    }

    t.At("return conv2.forward(y);", 39);
    var v8 = t.Module(8, "conv2", model.conv2, v7);
    t.Site("conv2", 8);
    return v8;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    global::TorchSharp.torch.Tensor v7;
    if (origin.mode == 0)
    {
        // y = relu(conv1.forward(x));
        v7 = units.conv1_relu.forward(v0);  // conv1, relu: ConvRelu
    }
    else if (origin.mode == 1)
    {
        v7 = v0;
        if (origin.useRes)
        {
            // y = relu(x);
            v7 = units.relu.forward(v0);  // relu
        }
    }
    else
    {
        // var unused = conv1.forward(x);
        // y = bn1.forward(unused);
        v7 = units.conv1_bn1.forward(v0);  // conv1, bn1: ConvBatchNorm
    }

    // return conv2.forward(y);
    var v8 = units.conv2.forward(v7);  // conv2
    return v8.MoveToOuterDisposeScope();
}
