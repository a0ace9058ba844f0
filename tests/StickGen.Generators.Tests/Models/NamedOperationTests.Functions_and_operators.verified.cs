// Net.Graph.Replay
{
    t.At("var y = functional.linear(fc.forward(x), table);", 22);
    var v1 = t.Module(1, "fc", model.fc, x);
    var v2 = t.Operation(2, "linear", v1);
    t.At("var (best, places) = y.topk(3, dim: 1);", 23);
    var v3 = t.Operation(3, "topk", v2);
    var v4 = t.Member(4, "topk.indexes", v2);
    t.At("var greatest = x.max(1, keepdim: true).values;", 24);
    var v5 = t.Operation(5, "max", x);
    var v6 = t.Member(6, "max.indexes", x);
    t.At("var z = einsum(\"nk,nkd->nd\", best, table[places]) % 2;", 25);
    var v7 = t.Operation(7, "index", v4);
    var v8 = t.Operation(8, "einsum", v3, v7);
    var v9 = t.Operation(9, "op_Modulus", v8);
    t.At("x = x.view(sizes);", 26);
    var v10 = t.Reshape(10, x, [.. model.sizes]);
    t.At("x[z > 0].mean();", 27);
    var v11 = t.Compare(11, v9, number: 0);
    var v12 = t.Operation(12, "index", v10, v11);
    var v13 = t.Mean(13, v12);
    t.At("return cat(parts, 1) + greatest + x[first, ..] + (useMask ? 0 : z);", 28);
    var v14 = t.Operation(14, "cat");
    var v15 = t.Add(15, v14, v5);
    var v16 = t.Operation(16, "index", v10);
    var v17 = t.Add(17, v15, v16);
    global::StickGen.Compression.SymbolicTensor v19;
    if (model.useMask)
    {
        v19 = t.Member(18, "0");
        t.Site("number", 18);
    }
    else
    {
        v19 = v9;
    }

    t.Arguments(20, v17, v19);
    var v20 = t.Add(20, v17, v19);
    t.Site("fc", 1);
    t.Site("linear", 2);
    t.Site("topk", 3);
    t.Site("topk_2", 4);
    t.Site("max", 5);
    t.Site("max_2", 6);
    t.Site("index", 7);
    t.Site("einsum", 8);
    t.Site("remainder", 9);
    t.Site("compare", 11);
    t.Site("index_2", 12);
    t.Site("mean", 13);
    t.Site("cat", 14);
    t.Site("add", 15);
    t.Site("index_3", 16);
    t.Site("add_2", 17);
    t.Site("add_3", 20);
    return v20;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var y = functional.linear(fc.forward(x), table);
    var v1 = units.fc.forward(v0);  // fc
    var v2 = units.linear.forward(global::TorchSharp.torch.nn.functional.linear(v1, table));  // linear
    // var (best, places) = y.topk(3, dim: 1);
    var results = v2.topk(3, dim: 1);
    var v3 = units.topk.forward(results.Item1);  // topk
    var v4 = units.topk_2.forward(results.Item2);  // topk
    // var greatest = x.max(1, keepdim: true).values;
    var results_2 = v0.max(1, keepdim: true);
    var v5 = units.max.forward(results_2.Item1);  // max
    var v6 = units.max_2.forward(results_2.Item2);  // max
    // var z = einsum("nk,nkd->nd", best, table[places]) % 2;
    var v7 = units.index.forward(table[v4]);  // index
    var v8 = units.einsum.forward(global::TorchSharp.torch.einsum("nk,nkd->nd", v3, v7));  // einsum
    var v9 = units.remainder.forward(v8 % 2);  // remainder
    // x = x.view(sizes);
    var v10 = v0.view(origin.sizes);
    // x[z > 0].mean();
    var v11 = units.compare.forward(v9 > 0);  // compare
    var v12 = units.index_2.forward(v10[v11]);  // index
    var v13 = units.mean.forward(v12.mean(), v12);  // mean
    // return cat(parts, 1) + greatest + x[first, ..] + (useMask ? 0 : z);
    var v14 = units.cat.forward(global::TorchSharp.torch.cat(origin.parts, 1));  // cat
    var v15 = units.add.forward(v14, v5);  // add
    var v16 = units.index_3.forward(v10[origin.first, ..]);  // index
    var v17 = units.add_2.forward(v15, v16);  // add
    global::TorchSharp.torch.Tensor v19;
    if (origin.useMask)
    {
        v19 = units.number.forward(0);  // number
    }
    else
    {
        v19 = v9;
    }

    var v20 = units.add_3.forward(v17, v19);  // add
    return v20.MoveToOuterDisposeScope();
}
