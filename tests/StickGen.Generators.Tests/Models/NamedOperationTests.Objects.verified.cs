// Net.Graph.Replay
{
    t.At("results.Scores = fc.forward(results.Hidden);", 23);
    var v1 = t.Member(1, "results.Hidden");
    var v2 = t.Module(2, "fc", model.fc, v1);
    t.At("var mask = results.Mask ?? results.Others[1];", 24);
    var v3 = t.Member(3, "results.Mask", v2);
    global::StickGen.Compression.SymbolicTensor v5;
    if (v3 is not null)
    {
        v5 = v3;
    }
    else
    {
        v5 = t.Member(4, "results.Others[1]", v2);
        t.Site("index", 4);
    }

    var v6 = t.Member(6, "found");
    t.At("x = x * unasked;", 28);
    var v7 = t.Mul(7, x, number: double.NaN);
    var v9 = v7;
    if (v6 is null)
    {
        t.At("x = x + count;", 30);
        v9 = t.AddScaled(8, v7, number: double.NaN);
        t.Site("add_scaled", 8);
    }

    t.At("return x * mask + found;", 31);
    t.Arguments(10, v9, v5);
    var v10 = t.Mul(10, v9, v5);
    var v11 = t.Add(11, v10, v6);
    t.Site("Hidden", 1);
    t.Site("fc", 2);
    t.Site("Mask", 3);
    t.Site("found", 6);
    t.Site("mul", 7);
    t.Site("mul_2", 10);
    t.Site("add", 11);
    return v11;
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
    // var mask = results.Mask ?? results.Others[1];
    var v3 = results.Mask is { } computed3 ? units.Mask.forward(computed3) : null;  // Mask
    global::TorchSharp.torch.Tensor v5;
    if (v3 is not null)
    {
        v5 = v3;
    }
    else
    {
        v5 = units.index.forward(results.Others[1]);  // index
    }

    global::TorchSharp.torch.Tensor? found;
    int count;
    var result = global::Zoo.Net.Find(results, out found, out count);
    var v6 = found is { } computed6 ? units.found.forward(computed6) : null;  // found
    if (!result)
    {
        // throw new ArgumentException("nothing is found");
        throw new global::System.ArgumentException("nothing is found");
    }

    // Find(results, out _, out var unasked);
    int unasked;
    global::Zoo.Net.Find(results, out _, out unasked);
    // x = x * unasked;
    var v7 = units.mul.forward(v0 * unasked, v0);  // mul
    var v9 = v7;
    if (v6 is null)
    {
        // x = x + count;
        v9 = units.add_scaled.forward(v7 + count, v7);  // add_scaled
    }

    // return x * mask + found;
    var v10 = units.mul_2.forward(v9 * v5, v9, v5);  // mul
    var v11 = units.add.forward(v10, v6);  // add
    return v11.MoveToOuterDisposeScope();
}
