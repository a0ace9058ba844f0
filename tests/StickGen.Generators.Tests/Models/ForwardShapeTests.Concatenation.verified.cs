// Net.Graph.Replay
{
    t.At("var a = conv1.forward(x);", 12);
    var v1 = t.Module(1, "conv1", model.conv1, x);
    t.At("var b = conv2.forward(x);", 13);
    var v2 = t.Module(2, "conv2", model.conv2, x);
    t.At("var array = cat(new[] { a, b }, 1);", 14);
    var v3 = t.Concat(3, [v1, v2], dim: 1);
    t.At("var literal = torch.cat([array, relu(a)], dim: 1);", 15);
    var v4 = t.Relu(4, v1);
    var v5 = t.Concat(5, [v3, v4], dim: 1);
    t.At("list.Add(relu6(x));", 17);
    var v6 = t.Relu6(6, x);
    t.At("outputs.Add(concat(list, dim: -3));", 19);
    var v7 = t.Concat(7, [v5, v2, v6], dim: -3);
    t.At("return torch.cat(outputs.ToArray(), 1);", 21);
    var v8 = t.Concat(8, [v7, v1], dim: 1);
    t.Site("conv1", 1);
    t.Site("conv2", 2);
    t.Site("concat", 3);
    t.Site("relu", 4);
    t.Site("concat_2", 5);
    t.Site("relu6", 6);
    t.Site("concat_3", 7);
    t.Site("concat_4", 8);
    return v8;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var a = conv1.forward(x);
    var v1 = units.conv1.forward(v0);  // conv1
    // var b = conv2.forward(x);
    var v2 = units.conv2.forward(v0);  // conv2
    // var array = cat(new[] { a, b }, 1);
    var v3 = units.concat.forward(v1, v2);  // concat
    // var literal = torch.cat([array, relu(a)], dim: 1);
    var v4 = units.relu.forward(v1);  // relu
    var v5 = units.concat_2.forward(v3, v4);  // concat
    // list.Add(relu6(x));
    var v6 = units.relu6.forward(v0);  // relu6
    // outputs.Add(concat(list, dim: -3));
    var v7 = units.concat_3.forward(v5, v2, v6);  // concat
    // return torch.cat(outputs.ToArray(), 1);
    var v8 = units.concat_4.forward(v7, v1);  // concat
    return v8.MoveToOuterDisposeScope();
}
