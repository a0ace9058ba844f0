using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>The kinds of modules that pruning knows, one entry each. Any other module freezes the channels it reads.</summary>
internal static class PrunableModules
{
    /// <summary>The modules that compute each element from itself, and have no parameters.</summary>
    private static readonly HashSet<Type> PointwiseModules =
    [
        typeof(ReLU), typeof(ReLU6), typeof(LeakyReLU), typeof(ELU), typeof(SELU), typeof(CELU), typeof(GELU), typeof(SiLU), typeof(Mish),
        typeof(Sigmoid), typeof(LogSigmoid), typeof(Tanh), typeof(Softplus), typeof(Softsign), typeof(Tanhshrink), typeof(Softshrink),
        typeof(Hardshrink), typeof(Hardswish), typeof(Hardsigmoid), typeof(Hardtanh), typeof(Threshold), typeof(Dropout), typeof(AlphaDropout),
        typeof(Dropout1d), typeof(Dropout2d), typeof(Dropout3d),
    ];

    /// <summary>The prunable form of a module with channels, or <see langword="null"/>.</summary>
    public static PrunableModule? Of(string path, nn.Module module) => module switch
    {
        Convolution m when Resized.CanMake(m) => new PrunableConvolution(path, m),
        ConvolutionTranspose m and (ConvTranspose1d or ConvTranspose2d) => new PrunableTransposedConvolution(path, m),
        Linear m => new PrunableLinear(path, m),
        NormBase m and (BatchNorm1d or BatchNorm2d or BatchNorm3d or InstanceNorm1d or InstanceNorm2d or InstanceNorm3d) => new PrunableBatchNorm(path, m),
        LayerNorm m => new PrunableLayerNorm(path, m),
        GroupNorm m => new PrunableGroupNorm(path, m),
        Embedding m => new PrunableEmbedding(path, m),
        PReLU m => new PrunablePReLU(path, m),
        _ => null,
    };

    /// <summary>How channels go through a module without channels of its own, or <see langword="null"/> where that is not known.</summary>
    public static Flow? FlowOf(nn.Module module) => PointwiseModules.Contains(module.GetType()) ? Pointwise.Same : null;
}
