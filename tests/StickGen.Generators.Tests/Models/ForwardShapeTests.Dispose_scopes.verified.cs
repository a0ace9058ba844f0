// Net.Graph.Replay
{
    t.At("using var y = conv1.forward(x);", 14);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    t.At("using Tensor z = bn1.forward(y), w = relu(z);", 15);
    var v2 = t.Module(2, "bn1", model.bn1, v1);
    var v3 = t.Relu(3, v2);
    t.At("var result = conv2.forward(kept);", 18);
    var v4 = t.Module(4, "conv2", model.conv2, v3);
    t.Site("conv1_bn1_relu", 1, 2, 3);
    t.Site("conv2", 4);
    return v4;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // using var y = conv1.forward(x);
    // using Tensor z = bn1.forward(y), w = relu(z);
    var v3 = units.conv1_bn1_relu.forward(v0);  // conv1, bn1, relu: ConvBatchNormRelu
    // var result = conv2.forward(kept);
    var v4 = units.conv2.forward(v3);  // conv2
    // return scope.MoveToOuter(result.MoveToOuterDisposeScope());
    return v4.MoveToOuterDisposeScope();
}
