// Net.Graph.Replay
{
    t.At("var y = relu(conv1.forward(x));", 21);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Relu(2, v1);
    t.Site("conv1_relu", 1, 2);
    if (model.useRes)
    {
        t.At("return x + y;", 23);
        var v3 = t.Add(3, x, v2);
        t.Site("add", 3);
        return v3;
    }

    t.At("y = relu(y);", 24);
    var v4 = t.Relu(4, v2);
    t.Site("relu", 4);
    if (model.mode > 2)
    {
        return v4;
    }
    else
    {
        t.At("var z = conv2.forward(y);", 31);
        var v5 = t.Module(5, "conv2", model.conv2, v4);
        t.Site("conv2", 5);
        return v5;
    }
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var y = relu(conv1.forward(x));
    var v2 = units.conv1_relu.forward(v0);  // conv1, relu: ConvRelu
    if (origin.useRes)
    {
        // return x + y;
        var v3 = units.add.forward(v0, v2);  // add
        return v3.MoveToOuterDisposeScope();
    }

    // y = relu(y);
    var v4 = units.relu.forward(v2);  // relu
    if (origin.mode > 2)
    {
        // return y;
        return v4.MoveToOuterDisposeScope();
    }
    else
    {
        // var z = conv2.forward(y);
        var v5 = units.conv2.forward(v4);  // conv2
        // return z;
        return v5.MoveToOuterDisposeScope();
    }
}
