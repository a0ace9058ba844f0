// Net.Graph.Replay
{
    t.At("mask = mask?.to(x.dtype).abs() ?? ones_like(x);", 7);
    global::StickGen.Compression.SymbolicTensor v6;
    if (mask is not null)
    {
        var v3 = t.Function(3, "cast", [mask]);
        v6 = t.Function(4, "abs", [v3]);
        t.Site("cast", 3);
        t.Site("abs", 4);
    }
    else
    {
        var v5 = (global::StickGen.Compression.SymbolicTensor?)null;
        v6 = v5;
    }

    global::StickGen.Compression.SymbolicTensor v8;
    if (v6 is not null)
    {
        v8 = v6;
    }
    else
    {
        v8 = t.Function(7, "ones_like", [x]);
        t.Site("ones_like", 7);
    }

    t.At("scale ??= x;", 8);
    global::StickGen.Compression.SymbolicTensor v9;
    if (scale is not null)
    {
        v9 = scale;
    }
    else
    {
        v9 = x;
    }

    t.At("return fc.forward(x) * mask * scale;", 9);
    var v10 = t.Module(10, "fc", model.fc, x);
    t.Arguments(11, v10, v8);
    var v11 = t.Mul(11, v10, v8);
    t.Arguments(12, v11, v9);
    var v12 = t.Mul(12, v11, v9);
    t.Site("fc", 10);
    t.Site("mul", 11);
    t.Site("mul_2", 12);
    return v12;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    var v1 = mask is null ? null : units.mask.forward(mask);
    var v2 = scale is null ? null : units.scale.forward(scale);
    // mask = mask?.to(x.dtype).abs() ?? ones_like(x);
    global::TorchSharp.torch.Tensor v6;
    if (v1 is not null)
    {
        var v3 = units.cast.forward(v1.to(v0.dtype));  // cast
        v6 = units.abs.forward(v3.abs(), v3);  // abs
    }
    else
    {
        var v5 = (global::TorchSharp.torch.Tensor?)null;
        v6 = v5;
    }

    global::TorchSharp.torch.Tensor v8;
    if (v6 is not null)
    {
        v8 = v6;
    }
    else
    {
        v8 = units.ones_like.forward(global::TorchSharp.torch.ones_like(v0));  // ones_like
    }

    // scale ??= x;
    global::TorchSharp.torch.Tensor v9;
    if (v2 is not null)
    {
        v9 = v2;
    }
    else
    {
        v9 = v0;
    }

    // return fc.forward(x) * mask * scale;
    var v10 = units.fc.forward(v0);  // fc
    var v11 = units.mul.forward(v10 * v8, v10, v8);  // mul
    var v12 = units.mul_2.forward(v11 * v9, v11, v9);  // mul
    return v12.MoveToOuterDisposeScope();
}
