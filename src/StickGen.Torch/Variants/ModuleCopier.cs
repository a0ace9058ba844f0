using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Makes modules anew from the settings that can be read from live ones.</summary>
internal static class ModuleCopier
{
    /// <summary>
    /// An independent module that computes the same, with copies of weights and buffers, or <see langword="null"/> where the
    /// settings cannot be read.
    /// </summary>
    public static nn.Module? TryCopy(nn.Module module)
    {
        var copy = Rebuild(module);
        if (copy is null)
            return null;
        CopyState(module, copy);
        copy.train(module.training);
        return copy;
    }

    private static nn.Module? Rebuild(nn.Module module) => module switch
    {
        IRebuildable rebuildable => rebuildable.Rebuild(),
        Convolution m when Resized.CanMake(m) => Resized.Convolution(m, m.in_channels, m.out_channels, m.groups),
        ConvTranspose1d or ConvTranspose2d => Transposed((ConvolutionTranspose)module),
        PReLU m => nn.PReLU(m.num_parameters),
        Linear m => nn.Linear(m.weight.shape[1], m.weight.shape[0], m.bias is not null),
        NormBase m and (BatchNorm1d or BatchNorm2d or BatchNorm3d or InstanceNorm1d or InstanceNorm2d or InstanceNorm3d) => Resized.Norm(m, m.num_features),
        ReLU m => nn.ReLU(m.inplace),
        ReLU6 m => nn.ReLU6(m.inplace),
        LayerNorm m => nn.LayerNorm(m.normalized_shape, m.eps, m.elementwise_affine, m.bias is not null),
        // Without weights, the number of channels is only checked to be a multiple.
        GroupNorm m => nn.GroupNorm(m.num_groups, m.weight?.shape[0] ?? m.num_groups, m.eps, m.weight is not null),
        Sigmoid => nn.Sigmoid(),
        Tanh => nn.Tanh(),
        GELU m => nn.GELU(m.approximate, m.inplace),
        SiLU m => nn.SiLU(m.inplace),
        Hardswish m => nn.Hardswish(m.inplace),
        Hardsigmoid m => nn.Hardsigmoid(m.inplace),
        ELU m => nn.ELU(m.alpha, m.inplace),
        Mish m => nn.Mish(m.inplace),
        Hardtanh m => nn.Hardtanh(m.min_val, m.max_val, m.inplace),
        Softplus m => nn.Softplus(m.beta, m.threshold),
        LeakyReLU m => nn.LeakyReLU(m.negative_slope, m.inplace),
        Softmax m => nn.Softmax(m.dim),
        LogSoftmax m => nn.LogSoftmax(m.dim),
        MaxPool2d m => nn.MaxPool2d(m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode),
        AvgPool2d m => nn.AvgPool2d(m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override),
        AdaptiveAvgPool2d m => nn.AdaptiveAvgPool2d(m.output_size),
        Dropout m => nn.Dropout(m.p, m.inplace),
        Dropout2d m => nn.Dropout2d(m.p, m.inplace),
        SELU m => nn.SELU(m.inplace),
        CELU m => nn.CELU(m.alpha, m.inplace),
        Softsign m => nn.Softsign(m.inplace),
        Tanhshrink m => nn.Tanhshrink(m.inplace),
        LogSigmoid => nn.LogSigmoid(),
        MaxPool1d m => nn.MaxPool1d(m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode),
        MaxPool3d m => nn.MaxPool3d(m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode),
        AvgPool1d m => nn.AvgPool1d(m.kernel_size, m.stride, m.padding ?? 0, m.ceil_mode, m.count_include_pad),
        AvgPool3d m => nn.AvgPool3d(m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override),
        AdaptiveAvgPool1d m => nn.AdaptiveAvgPool1d(m.output_size),
        AdaptiveMaxPool2d m => nn.AdaptiveMaxPool2d(m.output_size),
        Dropout1d m => nn.Dropout1d(m.p, m.inplace),
        Dropout3d m => nn.Dropout3d(m.p, m.inplace),
        PixelShuffle m => nn.PixelShuffle(m.upscale_factor),
        ChannelShuffle m => nn.ChannelShuffle(m.groups),
        Unflatten m => nn.Unflatten(m.dim, m.unflattened_size),
        Flatten m => nn.Flatten(m.start_dim, m.end_dim),
        Identity => nn.Identity(),
        _ => null,
    };

    private static ConvolutionTranspose Transposed(ConvolutionTranspose m) => Resized.Transposed(m, m.in_channels, m.out_channels, m.groups);

    private static void CopyState(nn.Module from, nn.Module to)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var source = from.state_dict();
        if (source.Values.FirstOrDefault(t => t.is_floating_point()) is { } first)
            to.to(first.device).to(first.dtype);
        var target = to.state_dict();
        foreach (var (key, value) in source)
        {
            if (!target.TryGetValue(key, out var tensor) || !tensor.shape.SequenceEqual(value.shape))
                throw new CompressionException($"{from.GetType().Name} was rebuilt without '{key}' of shape [{string.Join(", ", value.shape)}].");
            tensor.copy_(value);
        }

        var parameters = to.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (name, parameter) in from.named_parameters())
            parameters[name].requires_grad = parameter.requires_grad;
    }
}
