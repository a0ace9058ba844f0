// Net.Graph.Replay
{
    t.At("x = relu(conv.forward(x));");
    var v1 = t.Module(1, "conv", model.conv, x);
    var v2 = t.Relu(2, v1);
    t.Site("conv_relu", 1, 2);
    return t.Kept("if (x.sum().item<float>() > 0) return x;", 1, v2)[0];
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    // x = relu(conv.forward(x));
    var v2 = units.conv_relu.forward(v0);  // conv, relu: ConvRelu
    if (v2.sum().item<float>() > 0)
        return global::StickGen.Compression.ForwardResults.Return<global::TorchSharp.torch.Tensor>(scope, v2);
    var (small, large) = global::Zoo.Net.Ends(v2);
    return global::StickGen.Compression.ForwardResults.Return<global::TorchSharp.torch.Tensor>(scope, other.forward(small) + large);
}
