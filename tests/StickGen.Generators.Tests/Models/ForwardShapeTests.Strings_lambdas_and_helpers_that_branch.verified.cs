// Net.Graph.Replay
{
    t.At("return Norms.Scale(conv1.forward(x), by: sizes.Max()).tanh();", 16);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Opaque(2, "Norms.Scale(conv1.forward(x), by: sizes.Max())", v1);
    var v3 = t.Function(3, "tanh", [v2]);
    t.Site("conv1", 1);
    t.Site("Scale", 2);
    t.Site("tanh", 3);
    return v3;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var name = @"two lines";
    string? name = "two\nlines";
    // var sizes = x.shape.Select(size => size / 2).ToArray();
    long[]? sizes = global::System.Linq.Enumerable.ToArray(global::System.Linq.Enumerable.Select(v0.shape, size => size / 2));
    // System.Diagnostics.Debug.WriteLine($"{nameof(x)}: {name} {sizes.Length} {name?.Length}");
    global::System.Diagnostics.Debug.WriteLine($"{"x"}: {name} {sizes.Length} {name?.Length}");
    // return Norms.Scale(conv1.forward(x), by: sizes.Max()).tanh();
    var v1 = units.conv1.forward(v0);  // conv1
    var v2 = units.Scale.forward(global::Zoo.Norms.Scale(v1, by: global::System.Linq.Enumerable.Max(sizes)));  // Scale
    var v3 = units.tanh.forward(v2.tanh(), v2);  // tanh
    return v3.MoveToOuterDisposeScope();
}
