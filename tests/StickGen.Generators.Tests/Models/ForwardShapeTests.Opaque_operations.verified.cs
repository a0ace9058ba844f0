// Net.Graph.Replay
{
    t.At("var y = softmax(conv1.forward(x) * 2, axis);");
    var v1 = t.Module(1, "conv1", model.conv1, x);
    var v2 = t.Opaque(2, "conv1.forward(x) * 2", v1);
    var v3 = t.Opaque(3, "softmax(conv1.forward(x) * 2, axis)", v2);
    t.At("y = torch.sigmoid(y) * x;");
    var v4 = t.Opaque(4, "torch.sigmoid(y)", v3);
    var v5 = t.Opaque(5, "torch.sigmoid(y) * x", v4, x);
    t.At("y = y.transpose(1, 2).mul_(0.5);");
    var v6 = t.Opaque(6, "y.transpose(1, 2)", v5);
    var v7 = t.Opaque(7, "y.transpose(1, 2).mul_(0.5)", v6);
    t.At("var scaled = linear(y, conv2.weight, conv2.bias);");
    var v8 = t.Opaque(8, "linear(y, conv2.weight, conv2.bias)", v7);
    t.At("scaled = where(scaled.gt(0), scaled, zeros_like(scaled, device: x.device));");
    var v9 = t.Opaque(9, "scaled.gt(0)", v8);
    var v10 = t.Opaque(10, "zeros_like(scaled, device: x.device)", v8, x);
    var v11 = t.Opaque(11, "where(scaled.gt(0), scaled, zeros_like(scaled, device: x.device))", v9, v8, v10);
    t.At("return -scaled[.., 0, torch.TensorIndex.Slice(0, 1)];");
    var v12 = t.Opaque(12, "scaled[.., 0, torch.TensorIndex.Slice(0, 1)]", v11);
    var v13 = t.Opaque(13, "-scaled[.., 0, torch.TensorIndex.Slice(0, 1)]", v12);
    t.Site("conv1", 1);
    t.Site("multiply", 2);
    t.Site("softmax", 3);
    t.Site("sigmoid", 4);
    t.Site("multiply_2", 5);
    t.Site("transpose", 6);
    t.Site("mul", 7);
    t.Site("linear", 8);
    t.Site("gt", 9);
    t.Site("zeros_like", 10);
    t.Site("where", 11);
    t.Site("index", 12);
    t.Site("minus", 13);
    return v13;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var y = softmax(conv1.forward(x) * 2, axis);
    var v1 = units.conv1.forward(v0);  // conv1
    var v2 = units.multiply.forward(v1 * 2);  // multiply
    var v3 = units.softmax.forward(global::TorchSharp.torch.softmax(v2, global::Zoo.Net.axis));  // softmax
    // y = torch.sigmoid(y) * x;
    var v4 = units.sigmoid.forward(global::TorchSharp.torch.sigmoid(v3));  // sigmoid
    var v5 = units.multiply_2.forward(v4 * v0);  // multiply
    // y = y.transpose(1, 2).mul_(0.5);
    var v6 = units.transpose.forward(v5.transpose(1, 2));  // transpose
    var v7 = units.mul.forward(v6.mul_(0.5));  // mul
    // var scaled = linear(y, conv2.weight, conv2.bias);
    var v8 = units.linear.forward(global::TorchSharp.torch.nn.functional.linear(v7, conv2.weight, conv2.bias));  // linear
    // scaled = where(scaled.gt(0), scaled, zeros_like(scaled, device: x.device));
    var v9 = units.gt.forward(v8.gt(0));  // gt
    var v10 = units.zeros_like.forward(global::TorchSharp.torch.zeros_like(v8, device: v0.device));  // zeros_like
    var v11 = units.where.forward(global::TorchSharp.torch.where(v9, v8, v10));  // where
    // CheckRank(scaled);
    global::Zoo.Net.CheckRank(v11);
    // return -scaled[.., 0, torch.TensorIndex.Slice(0, 1)];
    var v12 = units.index.forward(v11[.., 0, global::TorchSharp.torch.TensorIndex.Slice(0, 1)]);  // index
    var v13 = units.minus.forward(-v12);  // minus
    return v13.MoveToOuterDisposeScope();
}
