// Net.Graph.Replay
{
    t.At("var y = softmax(conv1.forward(x) * 2, axis);", 14);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Mul(2, v1, number: 2);
    var v3 = t.Softmax(3, v2, dim: global::Zoo.Net.axis);
    t.At("y = torch.sigmoid(y) * x;", 15);
    var v4 = t.Function(4, "sigmoid", [v3]);
    var v5 = t.Mul(5, v4, x);
    t.At("y = y.transpose(1, 2).mul_(0.5);", 16);
    var v6 = t.Transpose(6, v5, dim0: 1, dim1: 2);
    var v7 = t.Mul(7, v6, number: 0.5);
    t.At("var scaled = linear(y, conv2.weight, conv2.bias);", 17);
    var v8 = t.Operation(8, "linear", v7);
    t.At("scaled = where(scaled.gt(0), scaled, zeros_like(scaled, device: x.device));", 18);
    var v9 = t.Compare(9, v8, number: 0);
    var v10 = t.Function(10, "zeros_like", [v8]);
    var v11 = t.Function(11, "where", [v9, v8, v10]);
    t.Kept("CheckRank(scaled);", 0, v11);
    t.At("return -scaled[.., 0, torch.TensorIndex.Slice(0, 1)];", 20);
    var v13 = t.Index(13, v11, .., 0, global::StickGen.Compression.Subscript.Slice(0, 1));
    var v14 = t.Function(14, "neg", [v13]);
    t.Site("conv1", 1);
    t.Site("mul", 2);
    t.Site("softmax", 3);
    t.Site("sigmoid", 4);
    t.Site("mul_2", 5);
    t.Site("mul_3", 7);
    t.Site("linear", 8);
    t.Site("compare", 9);
    t.Site("zeros_like", 10);
    t.Site("where", 11);
    t.Site("neg", 14);
    return v14;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var y = softmax(conv1.forward(x) * 2, axis);
    var v1 = units.conv1.forward(v0);  // conv1
    var v2 = units.mul.forward(v1 * 2, v1);  // mul
    var v3 = units.softmax.forward(global::TorchSharp.torch.softmax(v2, global::Zoo.Net.axis), v2);  // softmax
    // y = torch.sigmoid(y) * x;
    var v4 = units.sigmoid.forward(global::TorchSharp.torch.sigmoid(v3), v3);  // sigmoid
    var v5 = units.mul_2.forward(v4 * v0, v4, v0);  // mul
    // y = y.transpose(1, 2).mul_(0.5);
    var v6 = v5.transpose(1, 2);
    var v7 = units.mul_3.forward(v6.clone().mul_(0.5), v6);  // mul
    // var scaled = linear(y, conv2.weight, conv2.bias);
    var v8 = units.linear.forward(global::TorchSharp.torch.nn.functional.linear(v7, conv2.weight, conv2.bias));  // linear
    // scaled = where(scaled.gt(0), scaled, zeros_like(scaled, device: x.device));
    var v9 = units.compare.forward(v8.gt(0));  // compare
    var v10 = units.zeros_like.forward(global::TorchSharp.torch.zeros_like(v8, device: v0.device));  // zeros_like
    var v11 = units.where.forward(global::TorchSharp.torch.where(v9, v8, v10));  // where
    global::Zoo.Net.CheckRank(v11);
    // return -scaled[.., 0, torch.TensorIndex.Slice(0, 1)];
    var v13 = v11[.., 0, global::TorchSharp.torch.TensorIndex.Slice(0, 1)];
    var v14 = units.neg.forward(-v13, v13);  // neg
    return v14.MoveToOuterDisposeScope();
}
