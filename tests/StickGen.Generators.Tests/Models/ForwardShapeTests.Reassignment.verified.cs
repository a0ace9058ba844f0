// Net.Graph.Replay
{
    t.At("var x = conv1.forward(input);", 12);
    var v1 = t.Module(1, "conv1", model.conv1, input);
    t.At("x = bn1.call(x);", 13);
    var v2 = t.Module(2, "bn1", model.bn1, v1);
    t.At("x = relu1.forward(x);", 14);
    var v3 = t.Module(3, "relu1", model.relu1, v2);
    t.At("y = conv2.forward(x);", 16);
    var v4 = t.Module(4, "conv2", model.conv2, v3);
    t.At("y = this.relu1.forward((y));", 17);
    var v5 = t.Module(5, "relu1", model.relu1, v4);
    t.At("return a + b;", 20);
    var v6 = t.Add(6, v5, v3);
    t.Site("conv1_bn1_relu1", 1, 2, 3);
    t.Site("conv2_relu1", 4, 5);
    t.Site("add", 6);
    return v6;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.input.forward(input);
    // var x = conv1.forward(input);
    // x = bn1.call(x);
    // x = relu1.forward(x);
    var v3 = units.conv1_bn1_relu1.forward(v0);  // conv1, bn1, relu1: ConvBatchNormRelu
    // y = conv2.forward(x);
    // y = this.relu1.forward((y));
    var v5 = units.conv2_relu1.forward(v3);  // conv2, relu1: ConvRelu
    // return a + b;
    var v6 = units.add.forward(v5, v3);  // add
    return v6.MoveToOuterDisposeScope();
}
