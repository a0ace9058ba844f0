// Net.Graph.Replay
{
    bool isScaled = model.useMask;
    var v2 = x;
    if (isScaled)
    {
        v2 = t.Mul(1, x, number: 2);
        t.Site("mul", 1);
    }

    var v3 = t.Opaque(3, "Helpers.Repeat(Helpers.Scaled(x, useMask), 2)", v2);
    var v4 = t.Module(4, "fc", model.fc, v3);
    t.Site("Repeat", 3);
    t.Site("fc", 4);
    return v4;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // return fc.forward(Helpers.Repeat(Helpers.Scaled(x, useMask), 2));
    bool isScaled = origin.useMask;
    var v2 = v0;
    if (isScaled)
    {
        v2 = units.mul.forward(v0 * 2, v0);  // mul
    }

    var v3 = units.Repeat.forward(global::Zoo.Helpers.Repeat(v2, 2));  // Repeat
    var v4 = units.fc.forward(v3);  // fc
    return v4.MoveToOuterDisposeScope();
}
