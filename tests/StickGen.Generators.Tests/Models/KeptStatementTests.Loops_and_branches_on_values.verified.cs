// Net.Graph.Replay
{
    t.At("var y = relu(conv.forward(x));");
    var v1 = t.Module(1, "conv", model.conv, x);
    var v2 = t.Relu(2, v1);
    var v4 = t.Opaque(4, "y of: while (y.max().item<float>() > 1 && steps < 3) { y = other.forward(y) / 2; steps++; }", v2);
    var v6 = t.Opaque(6, "y of: if (y.min().item<float>() < 0) y = y.abs(); else if (steps == 2) { y = y + 1; }", v4, v2);
    t.At("return conv.forward(y) * steps;");
    var v7 = t.Module(7, "conv", model.conv, v6);
    var v8 = t.Mul(8, v7, number: double.NaN);
    t.Site("conv_relu", 1, 2);
    t.Site("y", 4);
    t.Site("y_2", 6);
    t.Site("conv", 7);
    t.Site("mul", 8);
    return v8;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var y = relu(conv.forward(x));
    var v2 = units.conv_relu.forward(v0);  // conv, relu: ConvRelu
    // int steps = 0;
    int steps = 0;
    global::TorchSharp.torch.Tensor? y = v2;
    int steps_2 = steps;
    while (y.max().item<float>() > 1 && steps_2 < 3)
    {
        y = other.forward(y) / 2;
        steps_2++;
    }
    var v4 = y is { } computed4 ? units.y.forward(computed4) : null;  // y
    global::TorchSharp.torch.Tensor? y_2 = v4;
    if (y_2.min().item<float>() < 0)
        y_2 = y_2.abs();
    else if (steps_2 == 2)
    {
        y_2 = y_2 + 1;
    }
    var v6 = y_2 is { } computed6 ? units.y_2.forward(computed6) : null;  // y
    // return conv.forward(y) * steps;
    var v7 = units.conv.forward(v6);  // conv
    var v8 = units.mul.forward(v7 * steps_2, v7);  // mul
    return v8.MoveToOuterDisposeScope();
}
