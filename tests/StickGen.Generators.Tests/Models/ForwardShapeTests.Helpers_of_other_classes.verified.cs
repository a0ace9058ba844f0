// Net.Graph.Replay
{
    t.At("return conv1.forward(x).Scaled().Halved();", 10);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Mul(2, v1, number: 2);
    var v3 = t.Opaque(3, "conv1.forward(x).Scaled().Halved()", v2);
    t.Site("conv1", 1);
    t.Site("mul", 2);
    t.Site("Halved", 3);
    return v3;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // return conv1.forward(x).Scaled().Halved();
    var v1 = units.conv1.forward(v0);  // conv1
    var v2 = units.mul.forward(v1 * 2, v1);  // mul
    var v3 = units.Halved.forward(global::Zoo.Helpers.Halved(v2));  // Halved
    return v3.MoveToOuterDisposeScope();
}
