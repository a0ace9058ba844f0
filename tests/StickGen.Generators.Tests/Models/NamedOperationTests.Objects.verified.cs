// Net.Graph.Replay
{
    t.At("results.Scores = fc.forward(results.Hidden);", 23);
    var v1 = t.Member(1, "results.Hidden");
    var v2 = t.Module(2, "fc", model.fc, v1);
    var v4 = t.Opaque(4, "mask of: var mask = results.Mask ?? results.Others[1];", v2);
    var v5 = t.Member(5, "found");
    t.At("x = x * unasked;", 28);
    var v6 = t.Mul(6, x, number: double.NaN);
    var v8 = v6;
    if (v5 is null)
    {
        t.At("x = x + count;", 30);
        v8 = t.AddScaled(7, v6, number: double.NaN);
        t.Site("add_scaled", 7);
    }

    t.At("return x * mask + found;", 31);
    t.Arguments(9, v8, v4);
    var v9 = t.Mul(9, v8, v4);
    var v10 = t.Add(10, v9, v5);
    t.Site("Hidden", 1);
    t.Site("fc", 2);
    t.Site("mask", 4);
    t.Site("found", 5);
    t.Site("mul", 6);
    t.Site("mul_2", 9);
    t.Site("add", 10);
    return v10;
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

    // Find(results, out _, out var unasked);
    int unasked;
    global::Zoo.Net.Find(results, out _, out unasked);
    // x = x * unasked;
    var v6 = units.mul.forward(v0 * unasked, v0);  // mul
    var v8 = v6;
    if (v5 is null)
    {
        // x = x + count;
        v8 = units.add_scaled.forward(v6 + count, v6);  // add_scaled
    }

    // return x * mask + found;
    var v9 = units.mul_2.forward(v8 * v4, v8, v4);  // mul
    var v10 = units.add.forward(v9, v5);  // add
    return v10.MoveToOuterDisposeScope();
}
