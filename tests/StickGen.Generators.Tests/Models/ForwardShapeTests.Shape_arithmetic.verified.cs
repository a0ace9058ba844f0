// Net.Graph.Replay
{
    var n = x.shape[0];
    var channels = x.size(1);
    var height = x.shape[2];
    var h = x.shape[2];
    var w = x.shape[^1];
    var perHead = channels / model.heads;
    var odd = global::StickGen.Graphs.Dimension.Unknown;
    var side = global::StickGen.Graphs.Dimension.Unknown;
    t.At("x = x.view(n, heads, perHead, h * w);", 21);
    var v1 = t.Reshape(1, x, n, model.heads, perHead, h * w);
    t.At("x = x.reshape(n, -1, height, height);", 22);
    var v2 = t.Reshape(2, v1, n, -1, height, height);
    t.At("x = x.view(new long[] { n, channels, h, w });", 23);
    var v3 = t.Reshape(3, v2, n, channels, h, w);
    t.At("x = x.reshape([x.shape[0], -1, odd, side, (int)half]);", 24);
    var v4 = t.Reshape(4, v3, v3.shape[0], -1, odd, side, global::StickGen.Graphs.Dimension.Unknown);
    var n_2 = n * 2;
    t.At("return x.view(n, -1).flatten(x.dim() - 1);", 26);
    var v5 = t.Reshape(5, v4, n_2, -1);
    var v6 = t.Flatten(6, v5, start_dim: v4.dim() - 1);
    return v6;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // var n = x.shape[0];
    long n = v0.shape[0];
    // long channels = x.size(1), height = x.shape[2];
    long channels = v0.size(1);
    long height = v0.shape[2];
    // var (h, w) = ((int)x.shape[2], x.shape[^1]);
    int h = (int)v0.shape[2];
    long w = v0.shape[^1];
    // var perHead = channels / heads;
    long perHead = channels / origin.heads;
    // int odd = (int)height + 1;
    int odd = (int)height + 1;
    // var half = height * 0.5;
    double half = height * 0.5;
    // var side = (long)Math.Sqrt(channels);
    long side = (long)global::System.Math.Sqrt(channels);
    // x = x.view(n, heads, perHead, h * w);
    var v1 = v0.view(n, origin.heads, perHead, h * w);
    // x = x.reshape(n, -1, height, height);
    var v2 = v1.reshape(n, -1, height, height);
    // x = x.view(new long[] { n, channels, h, w });
    var v3 = v2.view(new long[] { n, channels, h, w });
    // x = x.reshape([x.shape[0], -1, odd, side, (int)half]);
    var v4 = v3.reshape([v3.shape[0], -1, odd, side, (int)half]);
    // n = n * 2;
    long n_2 = n * 2;
    // return x.view(n, -1).flatten(x.dim() - 1);
    var v5 = v4.view(n_2, -1);
    var v6 = v5.flatten(v4.dim() - 1);
    return v6.MoveToOuterDisposeScope();
}
