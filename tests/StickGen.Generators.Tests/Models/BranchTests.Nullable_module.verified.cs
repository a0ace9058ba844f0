// Net.Graph.Replay
{
    t.At("x = relu(bn1.forward(conv1.forward(x)));", 22);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Module(2, "bn1", model.bn1, v1);
    var v3 = t.Relu(3, v2);
    t.At("x = bn2.forward(conv2.forward(x));", 23);
    var v4 = t.Module(4, "conv2", model.conv2, v3);
    var v5 = t.Module(5, "bn2", model.bn2, v4);
    var v7 = x;
    if (model.down is not null)
    {
        t.At("identity = down.forward(identity);", 25);
        v7 = t.Module(6, "down", model.down!, x);
        t.Site("down", 6);
    }

    t.At("x += identity;", 26);
    var v8 = t.Add(8, v5, v7);
    t.At("return relu(x);", 27);
    t.Arguments(9, v5, v7);
    var v9 = t.Relu(9, v8);
    t.Site("conv1_bn1_relu", 1, 2, 3);
    t.Site("conv2_bn2", 4, 5);
    t.Site("add_relu", 8, 9);
    return v9;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = relu(bn1.forward(conv1.forward(x)));
    var v3 = units.conv1_bn1_relu.forward(v0);  // conv1, bn1, relu: ConvBatchNormRelu
    // x = bn2.forward(conv2.forward(x));
    var v5 = units.conv2_bn2.forward(v3);  // conv2, bn2: ConvBatchNorm
    var v7 = v0;
    if (down is not null)
    {
        // identity = down.forward(identity);
        v7 = units.down.forward(v0);  // down
    }

    // x += identity;
    // return relu(x);
    var v9 = units.add_relu.forward(v5, v7);  // add, relu: AddRelu
    return v9.MoveToOuterDisposeScope();
}
