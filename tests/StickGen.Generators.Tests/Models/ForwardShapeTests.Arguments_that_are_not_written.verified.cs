// Net.Graph.Replay
{
    t.At("var y = Act(slope: 0.2, x: conv1.forward(x));", 19);
    double slope = 0.2;
    var v1 = t.Module(1, "conv1", model.conv1, x);
    float gain = (float)(0.1);
    global::System.DayOfWeek day = (global::System.DayOfWeek)(5);
    string? name = default;
    var v2 = t.Mul(2, v1, number: gain);
    var v3 = t.LeakyRelu(3, v2, negative_slope: slope);
    var v4 = t.Mul(4, v3, number: (int)day);
    var v5 = t.Mul(5, v4, number: name is null ? 1 : 2);
    t.At("y = functional.layer_norm(y, [8]);", 20);
    var v6 = t.LayerNorm(6, [v5], normalized_shape: [8]);
    t.At("return View(Cat(Act(y), y), y.shape[0], -1);", 21);
    double slope_2 = double.PositiveInfinity;
    float gain_2 = (float)(0.1);
    global::System.DayOfWeek day_2 = (global::System.DayOfWeek)(5);
    string? name_2 = default;
    var v7 = t.Mul(7, v6, number: gain_2);
    var v8 = t.LeakyRelu(8, v7, negative_slope: slope_2);
    var v9 = t.Mul(9, v8, number: (int)day_2);
    var v10 = t.Mul(10, v9, number: name_2 is null ? 1 : 2);
    var v11 = t.Concat(11, [v10, v6], dim: 1);
    var v12 = t.Operation(12, "view", v11);
    t.Site("conv1", 1);
    t.Site("mul", 2);
    t.Site("leaky_relu", 3);
    t.Site("mul_2", 4);
    t.Site("mul_3", 5);
    t.Site("layer_norm", 6);
    t.Site("mul_4", 7);
    t.Site("leaky_relu_2", 8);
    t.Site("mul_5", 9);
    t.Site("mul_6", 10);
    t.Site("concat", 11);
    t.Site("view", 12);
    return v12;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var y = Act(slope: 0.2, x: conv1.forward(x));
    double slope = 0.2;
    var v1 = units.conv1.forward(v0);  // conv1
    bool inplace = false;
    float gain = (float)(0.1);
    global::System.DayOfWeek day = (global::System.DayOfWeek)(5);
    string? name = default;
    var v2 = units.mul.forward(v1 * gain, v1);  // mul
    var v3 = units.leaky_relu.forward(global::TorchSharp.torch.nn.functional.leaky_relu(v2.clone(), slope, inplace), v2);  // leaky_relu
    var v4 = units.mul_2.forward(v3.mul((int)day), v3);  // mul
    var v5 = units.mul_3.forward(v4.mul(name is null ? 1 : 2), v4);  // mul
    // y = functional.layer_norm(y, [8]);
    var v6 = units.layer_norm.forward(global::TorchSharp.torch.nn.functional.layer_norm(v5, [8]));  // layer_norm
    // return View(Cat(Act(y), y), y.shape[0], -1);
    bool inplace_2 = false;
    double slope_2 = double.PositiveInfinity;
    float gain_2 = (float)(0.1);
    global::System.DayOfWeek day_2 = (global::System.DayOfWeek)(5);
    string? name_2 = default;
    var v7 = units.mul_4.forward(v6 * gain_2, v6);  // mul
    var v8 = units.leaky_relu_2.forward(global::TorchSharp.torch.nn.functional.leaky_relu(v7.clone(), slope_2, inplace_2), v7);  // leaky_relu
    var v9 = units.mul_5.forward(v8.mul((int)day_2), v8);  // mul
    var v10 = units.mul_6.forward(v9.mul(name_2 is null ? 1 : 2), v9);  // mul
    var v11 = units.concat.forward(v10, v6);  // concat
    long[] sizes = [v6.shape[0], -1];
    var v12 = units.view.forward(v11.view(sizes));  // view
    return v12.MoveToOuterDisposeScope();
}
