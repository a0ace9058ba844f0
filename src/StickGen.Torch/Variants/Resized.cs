using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>New modules with the settings of live ones and another number of channels. Weights are not copied.</summary>
internal static class Resized
{
    /// <summary>Whether <see cref="Convolution"/> can make one.</summary>
    public static bool CanMake(Convolution m) => m is Conv1d or Conv2d or Conv3d;

    public static Convolution Convolution(Convolution m, long inputs, long outputs, long groups)
    {
        var bias = m.bias is not null;
        return m switch
        {
            Conv1d when m.padding_type is { } padding => nn.Conv1d(
                inputs, outputs, m.kernel_size[0], padding, m.stride[0], m.dilation[0], m.padding_mode, groups, bias),
            Conv1d => nn.Conv1d(inputs, outputs, m.kernel_size[0], m.stride[0], m.padding![0], m.dilation[0], m.padding_mode, groups, bias),
            Conv2d when m.padding_type is { } padding => nn.Conv2d(
                inputs, outputs, Two(m.kernel_size), padding, Two(m.stride), Two(m.dilation), m.padding_mode, groups, bias),
            Conv2d => nn.Conv2d(
                inputs, outputs, Two(m.kernel_size), Two(m.stride), Two(m.padding!), Two(m.dilation), m.padding_mode, groups, bias),
            Conv3d when m.padding_type is { } padding => nn.Conv3d(
                inputs, outputs, Three(m.kernel_size), padding, Three(m.stride), Three(m.dilation), m.padding_mode, groups, bias),
            Conv3d => nn.Conv3d(
                inputs, outputs, Three(m.kernel_size), Three(m.stride), Three(m.padding!), Three(m.dilation), m.padding_mode, groups, bias),
            _ => throw new ArgumentException($"A {m.GetType().Name} is not known."),
        };
    }

    public static ConvolutionTranspose Transposed(ConvolutionTranspose m, long inputs, long outputs, long groups)
    {
        var bias = m.bias is not null;
        return m switch
        {
            ConvTranspose1d => nn.ConvTranspose1d(
                inputs, outputs, m.kernel_size[0], m.stride[0], m.padding![0], m.output_padding![0], m.dilation[0], m.padding_mode, groups, bias),
            ConvTranspose2d => nn.ConvTranspose2d(
                inputs, outputs, Two(m.kernel_size), Two(m.stride), Two(m.padding!), Two(m.output_padding!), Two(m.dilation), m.padding_mode, groups, bias),
            _ => throw new ArgumentException($"A {m.GetType().Name} is not known."),
        };
    }

    public static NormBase Norm(NormBase m, long features)
    {
        var momentum = m.momentum ?? 0.1;
        var affine = m.weight is not null;
        var tracks = m.running_mean is not null;
        NormBase result = m switch
        {
            BatchNorm1d => nn.BatchNorm1d(features, m.eps, momentum, affine, tracks),
            BatchNorm2d => nn.BatchNorm2d(features, m.eps, momentum, affine, tracks),
            BatchNorm3d => nn.BatchNorm3d(features, m.eps, momentum, affine, tracks),
            InstanceNorm1d => nn.InstanceNorm1d(features, m.eps, momentum, affine, tracks),
            InstanceNorm2d => nn.InstanceNorm2d(features, m.eps, momentum, affine, tracks),
            InstanceNorm3d => nn.InstanceNorm3d(features, m.eps, momentum, affine, tracks),
            _ => throw new ArgumentException($"A {m.GetType().Name} is not known."),
        };
        result.momentum = m.momentum;
        return result;
    }

    private static (long, long) Two(long[] sizes) => sizes.Length == 1 ? (sizes[0], sizes[0]) : (sizes[0], sizes[1]);

    private static (long, long, long) Three(long[] sizes) =>
        sizes.Length == 1 ? (sizes[0], sizes[0], sizes[0]) : (sizes[0], sizes[1], sizes[2]);
}
