// Net.Graph.Replay
{
    t.At("x = conv1.forward(x);", 21);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v4 = v1;
    if (t.Training)
    {
        t.At("x = relu(conv2.forward(x));", 23);
        var v2 = t.Module(2, "conv2", model.conv2, v1);
        v4 = t.Relu(3, v2);
        t.Site("conv2_relu", 2, 3);
    }

    t.At("return dropout(x, 0.5, training);", 24);
    var v5 = t.Dropout(5, v4, p: 0.5);
    t.Site("conv1", 1);
    return v5;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = conv1.forward(x);
    var v1 = units.conv1.forward(v0);  // conv1
    var v4 = v1;
    if (this.training)
    {
        // x = relu(conv2.forward(x));
        v4 = units.conv2_relu.forward(v1);  // conv2, relu: ConvRelu
    }

    // return dropout(x, 0.5, training);
    var v5 = global::TorchSharp.torch.nn.functional.dropout(v4, 0.5, this.training);
    return v5.MoveToOuterDisposeScope();
}
