// Net.Graph.Replay
{
    t.At("results.Scores = fc.forward(results.Hidden);", 23);
    var v1 = t.Member(1, "results.Hidden");
    var v2 = t.Module(2, "fc", model.fc, v1);
    var v4 = t.Opaque(4, "mask of: var mask = results.Mask ?? results.Others[1];", v2);
    var v5 = t.Member(5, "found");
    var v7 = x;
    if (v5 is null)
    {
        t.At("x = x + count;", 28);
        v7 = t.AddScaled(6, x, number: double.NaN);
        t.Site("add_scaled", 6);
    }

    t.At("return x * mask + found;", 29);
    t.Arguments(8, v7, v4);
    var v8 = t.Mul(8, v7, v4);
    var v9 = t.Add(9, v8, v5);
    t.Site("Hidden", 1);
    t.Site("fc", 2);
    t.Site("mask", 4);
    t.Site("found", 5);
    t.Site("mul", 8);
    t.Site("add", 9);
    return v9;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var results = Create(x);
    global::Zoo.Results? results = global::Zoo.Net.Create(v0);
    // results.Scores = fc.forward(results.Hidden);
    var v1 = units.Hidden.forward(results.Hidden);  // Hidden
    var v2 = units.fc.forward(v1);  // fc
    results.Scores = v2;
    var mask = results.Mask ?? results.Others[1];
    var v4 = mask is { } computed4 ? units.mask.forward(computed4) : null;  // mask
    global::TorchSharp.torch.Tensor? found;
    int count;
    var result = global::Zoo.Net.Find(results, out found, out count);
    var v5 = found is { } computed5 ? units.found.forward(computed5) : null;  // found
    if (!result)
    {
        // throw new ArgumentException("nothing is found");
        throw new global::System.ArgumentException("nothing is found");
    }

    var v7 = v0;
    if (v5 is null)
    {
        // x = x + count;
        v7 = units.add_scaled.forward(v0 + count, v0);  // add_scaled
    }

    // return x * mask + found;
    var v8 = units.mul.forward(v7 * v4, v7, v4);  // mul
    var v9 = units.add.forward(v8, v5);  // add
    return v9.MoveToOuterDisposeScope();
}
