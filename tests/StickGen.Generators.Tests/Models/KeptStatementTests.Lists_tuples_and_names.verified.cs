// Net.Graph.Replay
{
    t.At("var list = new List<Tensor> { x, relu(x) };", 8);
    var v1 = t.Relu(1, x);
    t.Kept("try { list.Add(conv.forward(x)); pair.Count++; } finally { }", 0, x, v1);
    var v4 = t.Opaque(4, "v1 of: do { switch (scope) { case 1: v1 = list[0]; break; default: v1 = pair.First; break; } } while (scop…", x, v1);
    t.At("return cat(list, 1) + v1 * sizes!.Length;", 27);
    var v5 = t.Operation(5, "cat", x, v1);
    var v6 = t.Mul(6, v4, number: double.NaN);
    var v7 = t.Add(7, v5, v6);
    t.Site("relu", 1);
    t.Site("v1", 4);
    t.Site("cat", 5);
    t.Site("mul", 6);
    t.Site("add", 7);
    return v7;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var list = new List<Tensor> { x, relu(x) };
    var v1 = units.relu.forward(v0);  // relu
    global::System.Collections.Generic.List<global::TorchSharp.torch.Tensor>? list = [v0, v1];
    (global::TorchSharp.torch.Tensor First, int Count) pair = (v0, 1);
    try
    {
        list.Add(conv.forward(v0));
        pair.Count++;
    }
    finally
    {
    }
    // var scope = 2;
    int scope_2 = 2;
    int scope_3 = scope_2;
    global::TorchSharp.torch.Tensor v1_ = default!;
    (global::TorchSharp.torch.Tensor First, int Count) pair_2 = (v0, 1);
    do
    {
        switch (scope_3)
        {
            case 1:
                v1_ = list[0];
                break;
            default:
                v1_ = pair_2.First;
                break;
        }
    } while (scope_3++ < 1);
    var v4 = units.v1.forward(v1_);  // v1
    // var sizes = x.shape?.Select(size => size + scope).ToArray();
    long[]? sizes = v0.shape?.Select(size => size + scope_3).ToArray();
    // return cat(list, 1) + v1 * sizes!.Length;
    var v5 = units.cat.forward(global::TorchSharp.torch.cat(list, 1));  // cat
    var v6 = units.mul.forward(v4 * sizes!.Length, v4);  // mul
    var v7 = units.add.forward(v5, v6);  // add
    return v7.MoveToOuterDisposeScope();
}
