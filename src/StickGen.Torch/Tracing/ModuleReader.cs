using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Operations;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Reads what a live module computes. What the graph has no operation for is opaque.</summary>
internal readonly struct ModuleReader(ModelGraph graph, string path)
{
    public (string Kind, Operation Operation, GraphValue[] Constants) Read(nn.Module module, Shape? input)
    {
        Operation? operation = module switch
        {
            TorchSharp.Modules.Conv2d conv => ConvolutionOf(conv),
            TorchSharp.Modules.BatchNorm { running_mean: not null } norm => new Operations.BatchNorm(norm.eps),
            TorchSharp.Modules.Linear => new Operations.Linear(),
            ReLU => new Activate(Activation.Relu),
            ReLU6 => new Activate(Activation.Relu6),
            TorchSharp.Modules.MaxPool2d pool => new Operations.MaxPool2d(
                Windows.Of(pool.kernel_size, pool.stride, pool.padding, pool.dilation), pool.ceil_mode),
            TorchSharp.Modules.AvgPool2d pool => new Operations.AvgPool2d(
                Windows.Of(pool.kernel_size, pool.stride, pool.padding),
                pool.ceil_mode, pool.count_include_pad, checked((int?)pool.divisor_override)),
            TorchSharp.Modules.AdaptiveAvgPool2d pool => new Operations.AdaptiveAvgPool2d(Windows.Size(pool.output_size)),
            TorchSharp.Modules.Dropout dropout => new Operations.Dropout(dropout.p),
            Dropout1d dropout => new Operations.Dropout(dropout.p),
            Dropout2d dropout => new Operations.Dropout(dropout.p),
            Dropout3d dropout => new Operations.Dropout(dropout.p),
            TorchSharp.Modules.Flatten flatten => new Operations.Flatten(checked((int)flatten.start_dim), checked((int)flatten.end_dim)),
            _ => FunctionOf(module) ?? LayerOf(module, input),
        };
        return operation is null
            ? (NodeKinds.Module, new Opaque(module.GetType().Name), [])
            : (NodeKinds.OfModule(module.GetType().Name), operation, Constants(module));
    }

    /// <summary>Functions of each element.</summary>
    private static Operation? FunctionOf(nn.Module module) => module switch
    {
        GELU gelu => new Elementwise(gelu.approximate == GELU.Approximate.tanh ? ElementFunction.GeluTanh : ElementFunction.Gelu),
        LeakyReLU relu => new Elementwise(ElementFunction.LeakyRelu, relu.negative_slope),
        ELU elu => new Elementwise(ElementFunction.Elu, elu.alpha),
        CELU celu => new Elementwise(ElementFunction.Celu, celu.alpha),
        Softplus softplus => new Elementwise(ElementFunction.Softplus, softplus.beta, softplus.threshold),
        Hardtanh tanh => new Elementwise(ElementFunction.Hardtanh, tanh.min_val, tanh.max_val),
        TorchSharp.Modules.Softmax softmax => new Operations.Softmax(checked((int)softmax.dim)),
        LogSoftmax softmax => new Operations.Softmax(checked((int)softmax.dim), Logarithm: true),
        _ when NodeKinds.OfModule(module.GetType().Name) is var kind && NodeKinds.Get(kind).IsElementwise => new Elementwise(ElementFunctions.Of(kind)),
        _ => null,
    };

    /// <summary>Layers that the integer model has no operation for.</summary>
    private static Operation? LayerOf(nn.Module module, Shape? input) => module switch
    {
        ConvolutionTranspose { padding: { } padding } conv => new Operations.Convolution(
            [.. conv.kernel_size], [.. conv.stride], [.. padding], [.. conv.dilation], conv.groups, [.. conv.output_padding ?? new long[padding.Length]]),
        TorchSharp.Modules.Convolution { padding: { } padding } conv => new Operations.Convolution(
            [.. conv.kernel_size], [.. conv.stride], [.. padding], [.. conv.dilation], conv.groups),
        LayerNorm norm => new Normalize("layer_norm", norm.normalized_shape.Length, norm.eps),
        GroupNorm norm => new Normalize("group_norm", checked((int)norm.num_groups), norm.eps),
        InstanceNorm2d norm => new Normalize("instance_norm", 0, norm.eps),
        TorchSharp.Modules.Embedding => new Operations.Embedding(),
        PReLU => new Map("prelu"),
        MaxPool1d pool => Tracer.PoolOf("max_pool1d", 1, pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode),
        MaxPool3d pool => Tracer.PoolOf("max_pool3d", 3, pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode),
        AvgPool1d pool => Tracer.PoolOf("avg_pool1d", 1, pool.kernel_size, pool.stride, pool.padding, default, pool.ceil_mode),
        AvgPool3d pool => Tracer.PoolOf("avg_pool3d", 3, pool.kernel_size, pool.stride, pool.padding, default, pool.ceil_mode),
        AdaptiveAvgPool1d pool => new Resize("adaptive_avg_pool1d", Shape.Of(pool.output_size)),
        AdaptiveMaxPool2d pool => new Resize("adaptive_max_pool2d", Shape.Of(((Sizes)pool.output_size).For(2, 1))),
        TorchSharp.Modules.Upsample upsample => ModuleShapes.Upsampling(input, upsample.size, upsample.scale_factor, upsample.mode == UpsampleMode.Nearest),
        PadBase pad => new Resize("pad", ModuleShapes.Padded(input, pad.padding)),
        PixelShuffle shuffle => new Rearrange("pixel_shuffle", ModuleShapes.PixelShuffle(input, shuffle.upscale_factor)),
        ChannelShuffle => new Rearrange("channel_shuffle", input),
        Unflatten unflatten => ModuleShapes.Unflattened(input, unflatten.dim, unflatten.unflattened_size) is { } shape && shape.Count(size => size.IsUnknown) <= 1
            ? new Operations.Reshape([.. shape])
            : new Rearrange("unflatten", ModuleShapes.Unflattened(input, unflatten.dim, unflatten.unflattened_size)),
        _ => null,
    };

    /// <summary>The operation, or <see langword="null"/> where padding is not of zeros, or not the same on both sides.</summary>
    private static Operations.Conv2d? ConvolutionOf(TorchSharp.Modules.Conv2d conv) =>
        conv.padding_mode == PaddingModes.Zeros && Windows.Padding(conv) is { } padding
            ? new(Windows.Of(conv.kernel_size, conv.stride, padding, conv.dilation), checked((int)conv.groups))
            : null;

    private GraphValue[] Constants(nn.Module module) => module switch
    {
        TorchSharp.Modules.Conv2d conv => WithBias(conv.weight, conv.bias),
        TorchSharp.Modules.Linear linear => WithBias(linear.weight, linear.bias),
        ConvolutionTranspose conv => WithBias(conv.weight, conv.bias),
        TorchSharp.Modules.Convolution conv => WithBias(conv.weight, conv.bias),
        LayerNorm { weight: { } weight } norm => WithBias(weight, norm.bias),
        GroupNorm { weight: { } weight } norm => WithBias(weight, norm.bias),
        InstanceNorm2d { weight: { } weight } norm => WithBias(weight, norm.bias),
        TorchSharp.Modules.Embedding embedding => [Constant("weight", embedding.weight!.shape)],
        PReLU prelu => [Constant("weight", prelu.weight!.shape)],
        TorchSharp.Modules.BatchNorm norm =>
        [
            Constant("weight", norm.num_features), Constant("bias", norm.num_features),
            Constant("running_mean", norm.num_features), Constant("running_var", norm.num_features),
        ],
        _ => [],
    };

    private GraphValue[] WithBias(Tensor weight, Tensor? bias) =>
        bias is null ? [Constant("weight", weight.shape)] : [Constant("weight", weight.shape), Constant("bias", bias.shape)];

    private GraphValue Constant(string name, params ReadOnlySpan<long> shape)
    {
        var key = $"{path}.{name}";
        return graph.Values.TryGetValue(key, out var known) ? known : graph.AddConstant(key, ElementType.Float32, Shape.Of(shape));
    }
}
