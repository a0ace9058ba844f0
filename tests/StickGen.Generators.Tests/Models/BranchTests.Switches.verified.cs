// Net.Graph.Replay
{
    global::StickGen.Compression.SymbolicTensor v3;
    if (model.mode is 0)
    {
        t.At("x = relu(conv1.forward(x));", 24);
        var v1 = t.Module(1, "conv1", model.conv1, x);
        v3 = t.Relu(2, v1);
        t.Site("conv1_relu", 1, 2);
    }
    else if (model.mode is 1 or 2 && (model.useRes) || model.mode is > 10)
    {
        return x;
    }
    else
    {
        throw t.Thrown("new InvalidOperationException()");
    }

    t.At("var y = activation switch { \"relu\" => relu(x), \"relu6\" => relu6(x), null => x, _ => throw new NotSupportedException(activation), };", 35);
    global::StickGen.Compression.SymbolicTensor v6;
    if (model.activation is "relu")
    {
        v6 = t.Relu(4, v3);
        t.Site("relu", 4);
    }
    else if (model.activation is "relu6")
    {
        v6 = t.Relu6(5, v3);
        t.Site("relu6", 5);
    }
    else if (model.activation is null)
    {
        v6 = v3;
    }
    else
    {
        throw t.Thrown("new NotSupportedException(activation)");
    }

    t.At("return mode switch { 1 => y, 2 => x, };", 43);
    global::StickGen.Compression.SymbolicTensor v7;
    if (model.mode is 1)
    {
        v7 = v6;
    }
    else if (model.mode is 2)
    {
        v7 = v3;
    }
    else
    {
        throw t.Thrown("mode switch { 1 => y, 2 => x, }");
    }

    return v7;
}

// Net.FakeQuantized.forward
{
    using var scope = global::TorchSharp.torch.NewDisposeScope();
    var v0 = units.x.forward(x);
    global::TorchSharp.torch.Tensor v3;
    if (origin.mode is 0)
    {
        // x = relu(conv1.forward(x));
        v3 = units.conv1_relu.forward(v0);  // conv1, relu: ConvRelu
    }
    else if (origin.mode is 1 or 2 && (origin.useRes) || origin.mode is > 10)
    {
        // return x;
        return v0.MoveToOuterDisposeScope();
    }
    else
    {
        // throw new InvalidOperationException();
        throw new global::System.InvalidOperationException();
    }

    // var y = activation switch { "relu" => relu(x), "relu6" => relu6(x), null => x, _ => throw new NotSupportedException(activation), };
    global::TorchSharp.torch.Tensor v6;
    if (origin.activation is "relu")
    {
        v6 = units.relu.forward(v3);  // relu
    }
    else if (origin.activation is "relu6")
    {
        v6 = units.relu6.forward(v3);  // relu6
    }
    else if (origin.activation is null)
    {
        v6 = v3;
    }
    else
    {
        throw new global::System.NotSupportedException(origin.activation);
    }

    // return mode switch { 1 => y, 2 => x, };
    global::TorchSharp.torch.Tensor v7;
    if (origin.mode is 1)
    {
        v7 = v6;
    }
    else if (origin.mode is 2)
    {
        v7 = v3;
    }
    else
    {
        throw new global::System.Runtime.CompilerServices.SwitchExpressionException();
    }

    return v7.MoveToOuterDisposeScope();
}
