using StickGen.Graphs;
using StickGen.Operations;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Reads what a live module computes. What the graph has no operation for is opaque.</summary>
internal readonly struct ModuleReader(ModelGraph graph, string path)
{
    public (string Kind, Operation Operation, GraphValue[] Constants) Read(nn.Module module)
    {
        Operation? operation = module switch
        {
            TorchSharp.Modules.Conv2d conv => ConvolutionOf(conv),
            BatchNorm2d { running_mean: not null } norm => new Operations.BatchNorm(norm.eps),
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
            TorchSharp.Modules.Flatten flatten => new Operations.Flatten(checked((int)flatten.start_dim), checked((int)flatten.end_dim)),
            _ => null,
        };
        return operation is null
            ? (NodeKinds.Module, new Opaque(module.GetType().Name), [])
            : (NodeKinds.Of(module), operation, Constants(module));
    }

    /// <summary>The operation, or <see langword="null"/> where padding is not of zeros, or not the same on both sides.</summary>
    private static Operations.Conv2d? ConvolutionOf(TorchSharp.Modules.Conv2d conv) =>
        conv.padding_mode == PaddingModes.Zeros && Windows.Padding(conv) is { } padding
            ? new(Windows.Of(conv.kernel_size, conv.stride, padding, conv.dilation), checked((int)conv.groups))
            : null;

    private GraphValue[] Constants(nn.Module module) => module switch
    {
        TorchSharp.Modules.Conv2d conv => WithBias(conv.weight, conv.bias),
        TorchSharp.Modules.Linear linear => WithBias(linear.weight, linear.bias),
        BatchNorm2d norm =>
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
