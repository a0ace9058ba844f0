// Net.Graph.Replay
{
    t.At("return relu(conv1.forward(x));", 10);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Relu(2, v1);
    t.Site("conv1_relu", 1, 2);
    return v2;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // return relu(conv1.forward(x));
    var v2 = units.conv1_relu.forward(v0);  // conv1, relu: ConvRelu
    return v2.MoveToOuterDisposeScope();
}
