// Net.Graph.Replay
{
    if (model.useMask)
    {
    }

    var items = model.window;
    int height = items.Item1;
    int width = items.Item2;
    t.At("return x.narrow(1, at[1], 1).to(device ?? CPU) + get_buffer(\"steps\")! * height + width;", 28);
    var v1 = t.Operation(1, "narrow", x);
    var v2 = t.Function(2, "cast", [v1]);
    var v3 = t.State(3, "steps", model.get_buffer("steps")!);
    var v4 = t.Mul(4, v3, number: height);
    var v5 = t.Add(5, v2, v4);
    var v6 = t.AddScaled(6, v5, number: width);
    t.Site("narrow", 1);
    t.Site("cast", 2);
    t.Site("steps", 3);
    t.Site("mul", 4);
    t.Site("add", 5);
    t.Site("add_scaled", 6);
    return v6;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var at = new int[2];
    int[]? at = new int[2];
    // at[1] = (int)x.shape[1] - 1;
    at[1] = (int)v0.shape[1] - 1;
    // Device? device = null;
    global::TorchSharp.torch.Device? device = null;
    if (origin.useMask)
    {
        // device = x.device;
        device = v0.device;
    }

    // var (height, width) = window;
    var items = origin.window;
    int height = items.Item1;
    int width = items.Item2;
    // return x.narrow(1, at[1], 1).to(device ?? CPU) + get_buffer("steps")! * height + width;
    var v1 = units.narrow.forward(v0.narrow(1, at[1], 1));  // narrow
    var v2 = units.cast.forward(v1.to(device ?? global::TorchSharp.torch.CPU));  // cast
    var v3 = units.steps.forward(origin.get_buffer("steps")!);  // steps
    var v4 = units.mul.forward(v3 * height, v3);  // mul
    var v5 = units.add.forward(v2, v4);  // add
    var v6 = units.add_scaled.forward(v5 + width, v5);  // add_scaled
    return v6.MoveToOuterDisposeScope();
}
