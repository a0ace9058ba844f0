// Net.Graph.Replay
{
    var height = x.shape[2];
    int stride = 2;
    int times;
    if (t.Known(height) > 7 && t.Known(x.size(3)) / 2 == 14)
    {
        stride = 4;
    }
    else
    {
        height = 7;
    }

    if (model.useRes)
    {
        times = 1;
    }
    else
    {
        times = model.mode;
    }

    t.At("x = max_pool2d(x, stride, stride);", 31);
    var v1 = t.MaxPool2d(1, x, kernel_size: stride, stride: stride);
    t.At("return x.view(x.shape[0], height, times, -1);", 32);
    var v2 = t.Reshape(2, v1, v1.shape[0], height, times, -1);
    return v2;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    if (v0.dim() != 4 || v0.shape[1] != origin.mode)
    {
        // throw new ArgumentException($"it has {x.shape[1]} channels", nameof(x));
        throw new global::System.ArgumentException($"it has {v0.shape[1]} channels", "x");
    }

    // var height = x.shape[2];
    long height = v0.shape[2];
    // var stride = 2;
    int stride = 2;
    // int times;
    int times;
    if (height > 7 && v0.size(3) / 2 == 14)
    {
        // stride = 4;
        stride = 4;
    }
    else
    {
        // height = 7;
        height = 7;
    }

    if (origin.useRes)
    {
        // times = 1;
        times = 1;
    }
    else
    {
        // times = mode;
        times = origin.mode;
    }

    // x = max_pool2d(x, stride, stride);
    var v1 = global::TorchSharp.torch.nn.functional.max_pool2d(v0, stride, stride);
    // return x.view(x.shape[0], height, times, -1);
    var v2 = v1.view(v1.shape[0], height, times, -1);
    return v2.MoveToOuterDisposeScope();
}
