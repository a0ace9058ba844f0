// Net.Graph.Replay
{
    global::TorchSharp.torch.ScalarType kind = global::TorchSharp.torch.ScalarType.Float32;
    t.At("var y = fc.forward(x).view(shape[0], sizes[1]);", 26);
    var v1 = t.Module(1, "fc", model.fc, x);
    var v2 = t.Reshape(2, v1, x.shape[0], x.shape[1]);
    var v6 = v2;
    if (t.Known(x.shape[1]) > 4 && kind == global::TorchSharp.torch.ScalarType.Float32 && !false)
    {
        t.At("y[y > 0] = 0.5;", 28);
        var v3 = t.Member(3, "0.5");
        var v4 = t.Compare(4, v2, number: 0);
        v6 = t.Operation(5, "index_put_", v2, v4, v3);
        t.Site("number", 3);
        t.Site("compare", 4);
        t.Site("index_put", 5);
    }

    t.At("y[.., 0] *= rows;", 30);
    var v7 = t.Index(7, v6, .., 0);
    var v8 = t.Mul(8, v7, number: double.NaN);
    var v9 = t.Operation(9, "index_put_", v6, v8);
    global::System.Collections.Generic.List<global::StickGen.Compression.SymbolicTensor> v10 = [];
    if (model.useMask)
    {
        v10.Add(v9);
    }

    v10.Add(x);
    t.At("return cat(list, 1);", 35);
    t.Arguments(11, [.. v10]);
    var v11 = t.Concat(11, [.. v10], dim: 1);
    t.Site("fc", 1);
    t.Site("mul", 8);
    t.Site("index_put_2", 9);
    t.Site("concat", 11);
    return v11;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // using var mode = no_grad();
    using var mode = global::TorchSharp.torch.no_grad();
    // var shape = x.shape;
    // var sizes = x.size();
    // var kind = x.dtype;
    global::TorchSharp.torch.ScalarType kind = v0.dtype;
    // var y = fc.forward(x).view(shape[0], sizes[1]);
    var v1 = units.fc.forward(v0);  // fc
    var v2 = v1.view(v0.shape[0], v0.shape[1]);
    var v6 = v2;
    if (v0.shape[1] > 4 && kind == global::TorchSharp.torch.ScalarType.Float32 && !v2.IsInvalid)
    {
        // y[y > 0] = 0.5;
        var v3 = units.number.forward(0.5);  // number
        var v4 = units.compare.forward(v2 > 0);  // compare
        v2[v4] = v3;
        v6 = units.index_put.forward(v2);  // index_put
    }

    // var (rows, _) = Sizes((shape[0], shape[1]));
    var items = global::Zoo.Net.Sizes((v0.shape[0], v0.shape[1]));
    long rows = items.Item1;
    // y[.., 0] *= rows;
    var v7 = v6[.., 0];
    var v8 = units.mul.forward(v7 * rows, v7);  // mul
    v6[.., 0] = v8;
    var v9 = units.index_put_2.forward(v6);  // index_put
    // var list = new List<Tensor>();
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> v10 = [];
    if (origin.useMask)
    {
        // list.Add(y);
        v10.Add(v9);
    }

    // list.Add(x);
    v10.Add(v0);
    // return cat(list, 1);
    var v11 = units.concat.forward([.. v10]);  // concat
    return v11.MoveToOuterDisposeScope();
}
