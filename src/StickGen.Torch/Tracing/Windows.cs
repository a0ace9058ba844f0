using StickGen.Operations;
using TorchSharp;

namespace StickGen.Compression;

/// <summary>From TorchSharp's arrays of one or two sizes to windows.</summary>
internal static class Windows
{
    public static Window Of(long[] kernel, long[]? stride, long[]? padding, long[]? dilation = null) =>
        new(Size(kernel), Size(stride is { Length: > 0 } ? stride : kernel), Size(padding ?? [0]), Size(dilation ?? [1]));

    public static Size2 Size(long[] sizes) => sizes.Length switch
    {
        1 => checked((int)sizes[0]),
        2 => checked(new Size2((int)sizes[0], (int)sizes[1])),
        _ => throw new CompressionException($"[{string.Join(", ", sizes)}] is not a size in height and width."),
    };

    /// <summary>
    /// The padding of a convolution as numbers, or <see langword="null"/> where "same" pads one side more than the other.
    /// </summary>
    public static long[]? Padding(TorchSharp.Modules.Conv2d conv)
    {
        if (conv.padding_type is not TorchSharp.Padding.Same)
            return conv.padding ?? [0, 0];
        var padding = new long[2];
        for (var i = 0; i < 2; i++)
        {
            var total = conv.dilation[i] * (conv.kernel_size[i] - 1);
            if (total % 2 != 0)
                return null;
            padding[i] = total / 2;
        }

        return padding;
    }
}
