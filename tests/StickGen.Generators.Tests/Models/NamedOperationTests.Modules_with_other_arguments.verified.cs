// Net.Graph.Replay
{
    t.At("var attended = attention.forward(x, x, x, null, false, null).Item1;", 22);
    var v1 = (global::StickGen.Compression.SymbolicTensor?)null;
    var v2 = (global::StickGen.Compression.SymbolicTensor?)null;
    t.Call("attention", model.attention, 0, [x, x, x, v1, v2], ("need_weights", false));
    var v3 = t.Member(3, "attention.forward(x, x, x, null, false, null).Item1", x, v1, v2);
    t.At("var (result, hidden, _) = lstm.forward(attended);", 23);
    var v4 = t.Invoke(4, model.lstm, v3);
    var v5 = t.Member(5, "lstm.Item2", v3);
    var v6 = t.Member(6, "lstm.Item3", v3);
    t.At("return result + hidden;", 24);
    var v7 = t.Add(7, v4, v5);
    t.Site("Item1", 3);
    t.Site("lstm", 4);
    t.Site("lstm_2", 5);
    t.Site("lstm_3", 6);
    t.Site("add", 7);
    return v7;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var attended = attention.forward(x, x, x, null, false, null).Item1;
    var v1 = (global::TorchSharp.torch.Tensor?)null;
    var v2 = (global::TorchSharp.torch.Tensor?)null;
    var result = attention.forward(v0, v0, v0, v1, false, v2);
    var v3 = units.Item1.forward(result.Item1);  // Item1
    // var (result, hidden, _) = lstm.forward(attended);
    var results = lstm.forward(v3);
    var v4 = units.lstm.forward(results.Item1);  // lstm
    var v5 = units.lstm_2.forward(results.Item2);  // lstm
    var v6 = units.lstm_3.forward(results.Item3);  // lstm
    // return result + hidden;
    var v7 = units.add.forward(v4, v5);  // add
    return v7.MoveToOuterDisposeScope();
}
