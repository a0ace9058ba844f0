// Net.Graph.Replay
{
    t.At("var a = Stem(x);", 24);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Module(2, "bn1", model.bn1, v1);
    var v3 = t.Relu(3, v2);
    t.At("var b = Sum(Last.forward(x), a);", 25);
    var v4 = t.Module(4, "conv2", model.conv2, x);
    var v5 = t.Add(5, v4, v3);
    t.At("return Twice(Head(conv.forward(a)), conv, times: 2).Doubled();", 28);
    var v6 = t.Module(6, "conv2", model.conv2, v3);
    var v7 = t.Add(7, v6, v5);
    var v8 = t.Relu(8, v7);
    int times = 2;
    var v9 = t.Module(9, "conv2", model.conv2, v8);
    var v10 = t.Reshape(10, v9, v9.shape[0], times, -1);
    var v11 = t.Add(11, v10, v10);
    t.Site("conv1_bn1_relu", 1, 2, 3);
    t.Site("conv2", 4);
    t.Site("add", 5);
    t.Site("conv2_2", 6);
    t.Site("add_relu", 7, 8);
    t.Site("conv2_3", 9);
    t.Site("add_2", 11);
    return v11;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var a = Stem(x);
    var v3 = units.conv1_bn1_relu.forward(v0);  // conv1, bn1, relu: ConvBatchNormRelu
    // var b = Sum(Last.forward(x), a);
    var v4 = units.conv2.forward(v0);  // conv2
    var v5 = units.add.forward(v4, v3);  // add
    // return Twice(Head(conv.forward(a)), conv, times: 2).Doubled();
    var v6 = units.conv2_2.forward(v3);  // conv2
    var v8 = units.add_relu.forward(v6, v5);  // add, relu: AddRelu
    int times = 2;
    var v9 = units.conv2_3.forward(v8);  // conv2
    var v10 = v9.view(v9.shape[0], times, -1);
    var v11 = units.add_2.forward(v10);  // add
    return v11.MoveToOuterDisposeScope();
}
