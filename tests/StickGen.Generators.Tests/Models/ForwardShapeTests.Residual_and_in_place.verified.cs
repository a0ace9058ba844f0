// Net.Graph.Replay
{
    t.At("x = functional.relu(bn1.forward(conv1.forward(x)), inplace: true);", 13);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Module(2, "bn1", model.bn1, v1);
    var v3 = t.Relu(3, v2);
    t.At("x += shortcut;", 14);
    var v4 = t.Add(4, v3, x);
    t.At("x.relu_();", 16);
    var v5 = t.Relu(5, v4);
    t.At("var y = same.add(shortcut);", 17);
    var v6 = t.Add(6, v5, x);
    t.At("y.add_(x);", 18);
    var v7 = t.Add(7, v6, v5);
    t.At("return torch.add(y, x).relu6();", 19);
    var v8 = t.Add(8, v7, v5);
    var v9 = t.Relu6(9, v8);
    t.Site("conv1_bn1_relu", 1, 2, 3);
    t.Site("add_relu", 4, 5);
    t.Site("add", 6);
    t.Site("add_2", 7);
    t.Site("add_3", 8);
    t.Site("relu6", 9);
    return v9;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = functional.relu(bn1.forward(conv1.forward(x)), inplace: true);
    var v3 = units.conv1_bn1_relu.forward(v0);  // conv1, bn1, relu: ConvBatchNormRelu
    // x += shortcut;
    // x.relu_();
    var v5 = units.add_relu.forward(v3, v0);  // add, relu: AddRelu
    // var y = same.add(shortcut);
    var v6 = units.add.forward(v5, v0);  // add
    // y.add_(x);
    var v7 = units.add_2.forward(v6, v5);  // add
    // return torch.add(y, x).relu6();
    var v8 = units.add_3.forward(v7, v5);  // add
    var v9 = units.relu6.forward(v8);  // relu6
    return v9.MoveToOuterDisposeScope();
}
