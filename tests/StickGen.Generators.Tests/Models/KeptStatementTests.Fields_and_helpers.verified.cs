// Net.Graph.Replay
{
    t.Kept("calls++;", 0);
    t.Kept("cache = cache is null ? x : cat(new[] { cache, x }, 0);", 0, x);
    t.At("var y = conv.forward(cache);", 14);
    var v3 = t.Opaque(3, "cache");
    var v4 = t.Module(4, "conv", model.conv, v3);
    t.Kept("Adapt(y);", 0, v4);
    t.Kept("last[\"y\"] = y;", 0, v4);
    t.At("y[0] = 1;", 17);
    var v7 = t.Member(7, "1");
    var v8 = t.Operation(8, "index_put_", v4, v7);
    var v10 = t.Opaque(10, "y of: foreach (var part in Parts(y)) y = y + part;", v8);
    t.At("return relu(y);", 20);
    var v11 = t.Relu(11, v10);
    t.Site("cache", 3);
    t.Site("conv", 4);
    t.Site("number", 7);
    t.Site("index_put", 8);
    t.Site("y", 10);
    t.Site("relu", 11);
    return v11;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    calls++;
    cache = cache is null ? v0 : global::TorchSharp.torch.cat(new[] { cache, v0 }, 0);
    // var y = conv.forward(cache);
    var v3 = units.cache.forward(cache!);  // cache
    var v4 = units.conv.forward(v3);  // conv
    Adapt(v4);
    origin.last["y"] = v4;
    // y[0] = 1;
    var v7 = units.number.forward(1);  // number
    v4[0] = v7;
    var v8 = units.index_put.forward(v4);  // index_put
    global::TorchSharp.torch.Tensor? y = v8;
    foreach (var part in Parts(y))
        y = y + part;
    var v10 = y is { } computed10 ? units.y.forward(computed10) : null;  // y
    // return relu(y);
    var v11 = units.relu.forward(v10);  // relu
    return global::StickGen.Compression.ForwardResults.ReturnAll<global::TorchSharp.torch.Tensor>(scope, v11);

    void Scale(ref global::TorchSharp.torch.Tensor x_3) => conv.weight!.mul_(0.5f);

    void Adapt(global::TorchSharp.torch.Tensor x_2)
    {
        if (calls > 1)
            Scale(ref x_2);
    }

    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor> Parts(global::TorchSharp.torch.Tensor x_4)
    {
        var parts = new global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor>();
        try
        {
            parts.Add(other.forward(x_4));
        }
        finally
        {
            calls--;
        }
        return parts;
    }
}
