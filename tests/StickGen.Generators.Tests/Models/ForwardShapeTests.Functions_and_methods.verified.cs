// Net.Graph.Replay
{
    t.At("x = max_pool2d(x, kernel_size: 3, stride: Window, padding: 1);", 15);
    var v1 = t.MaxPool2d(1, x, kernel_size: 3, stride: global::Zoo.Net.Window, padding: 1);
    t.At("x = nn.functional.avg_pool2d(x, (2, 2), stride: (2, 2));", 16);
    var v2 = t.AvgPool2d(2, v1, kernel_size: (2, 2), stride: (2, 2));
    t.At("x = torch.nn.functional.adaptive_avg_pool2d(x, (4, 4));", 17);
    var v3 = t.AdaptiveAvgPool2d(3, v2, output_size: (4, 4));
    t.At("x = adaptive_avg_pool2d(x, 1);", 18);
    var v4 = t.AdaptiveAvgPool2d(4, v3, output_size: 1);
    t.At("x = dropout(x, rate, training);", 19);
    var v5 = t.Dropout(5, v4, p: model.rate);
    t.At("x = functional.dropout(x, p: this.rate, training: this.training);", 20);
    var v6 = t.Dropout(6, v5, p: model.rate);
    t.At("x = torch.flatten(x, start_dim: 1);", 21);
    var v7 = t.Flatten(7, v6, start_dim: 1);
    t.At("x = x.flatten(0, -1).contiguous();", 22);
    var v8 = t.Flatten(8, v7, start_dim: 0, end_dim: -1);
    var v9 = t.Identity(9, v8);
    t.Site("avg_pool2d", 2);
    t.Site("adaptive_avg_pool2d", 3);
    t.Site("adaptive_avg_pool2d_2", 4);
    return v9;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = max_pool2d(x, kernel_size: 3, stride: Window, padding: 1);
    var v1 = global::TorchSharp.torch.nn.functional.max_pool2d(v0, kernel_size: 3, stride: global::Zoo.Net.Window, padding: 1);
    // x = nn.functional.avg_pool2d(x, (2, 2), stride: (2, 2));
    var v2 = units.avg_pool2d.forward(v1);  // avg_pool2d
    // x = torch.nn.functional.adaptive_avg_pool2d(x, (4, 4));
    var v3 = units.adaptive_avg_pool2d.forward(v2);  // adaptive_avg_pool2d
    // x = adaptive_avg_pool2d(x, 1);
    var v4 = units.adaptive_avg_pool2d_2.forward(v3);  // adaptive_avg_pool2d
    // x = dropout(x, rate, training);
    var v5 = global::TorchSharp.torch.nn.functional.dropout(v4, origin.rate, this.training);
    // x = functional.dropout(x, p: this.rate, training: this.training);
    var v6 = global::TorchSharp.torch.nn.functional.dropout(v5, p: origin.rate, training: this.training);
    // x = torch.flatten(x, start_dim: 1);
    var v7 = global::TorchSharp.torch.flatten(v6, start_dim: 1);
    // x = x.flatten(0, -1).contiguous();
    var v8 = v7.flatten(0, -1);
    var v9 = v8.contiguous();
    // return x;
    return v9.MoveToOuterDisposeScope();
}
