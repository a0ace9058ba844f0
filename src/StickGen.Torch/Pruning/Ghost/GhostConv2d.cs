using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// A convolution of which only some maps are computed in full, and the others from them by a cheap depthwise convolution (Han et al. 2020,
/// "GhostNet: more features from cheap operations"). It is compressible itself: a model that has some can be quantized, and their channels pruned.
/// </summary>
[Compressible(Emit = StickGen.Variants.All)]
public sealed partial class GhostConv2d : nn.Module<Tensor, Tensor>, IRebuildable
{
    private readonly Sequential primary;
    private readonly Sequential cheap;
    private readonly GhostOptions options;
    private readonly long outputs;
    private readonly bool isWhole;

    /// <summary>A module with the signature of a convolution.</summary>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels, at least as many as the ratio.</param>
    /// <param name="kernel">Height and width of the primary kernel.</param>
    /// <param name="stride">The stride of the primary convolution.</param>
    /// <param name="padding">The zeros around its input.</param>
    /// <param name="dilation">Its dilation.</param>
    /// <param name="groups">Its groups; they divide the number of maps that it computes.</param>
    /// <param name="bias">Whether both convolutions have a bias.</param>
    /// <param name="options">How the other maps are made.</param>
    /// <exception cref="CompressionException">An option is not allowed, or the groups do not divide the maps.</exception>
    public GhostConv2d(
        long inputs, long outputs, (long, long) kernel, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null,
        long groups = 1, bool bias = false, GhostOptions? options = null)
        : this(new(inputs, outputs, kernel, stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1), groups, bias), options ?? new())
    {
    }

    private GhostConv2d(Geometry geometry, GhostOptions options)
        : base(nameof(GhostConv2d))
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(geometry.Outputs, 1);
        (this.options, outputs, Settings) = (options, geometry.Outputs, geometry);
        if (WhyNot(geometry.Outputs, geometry.Groups, options) is { } reason)
            throw new CompressionException(reason);
        var computed = Computed(geometry.Outputs, options);
        var derived = computed * (options.Ratio - 1);
        isWhole = computed + derived == outputs;
        primary = Finished(
            nn.Conv2d(geometry.Inputs, computed, geometry.Kernel, geometry.Stride, geometry.Padding, geometry.Dilation, groups: geometry.Groups, bias: geometry.Bias),
            computed);
        cheap = Finished(
            nn.Conv2d(computed, derived, options.CheapKernel, padding: options.CheapKernel / 2, groups: computed, bias: geometry.Bias), derived);
        RegisterComponents();
    }

    /// <summary>How maps are made.</summary>
    internal GhostOptions Options => options;

    private Geometry Settings { get; }

    /// <summary>A Ghost module in the place of a convolution.</summary>
    /// <param name="convolution">The convolution; it is only read. Padding is of zeros and the same on both sides.</param>
    /// <param name="options">How maps are made.</param>
    /// <param name="norm">
    /// With a batch normalization that follows, the module begins with what is in the two (<see cref="GhostInitialization"/>) instead of new
    /// weights.
    /// </param>
    /// <exception cref="CompressionException">Its padding or its groups cannot be kept.</exception>
    public static GhostConv2d InPlaceOf(Conv2d convolution, GhostOptions? options = null, BatchNorm2d? norm = null) =>
        InPlaceOf(convolution, options ?? new(), norm, keepWeights: norm is not null);

    /// <summary>The same, where there may be weights to keep and no batch normalization.</summary>
    internal static GhostConv2d InPlaceOf(Conv2d convolution, GhostOptions options, BatchNorm2d? norm, bool keepWeights)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        if (WhyNot(convolution, options) is { } reason)
            throw new CompressionException(reason);
        var ghost = new GhostConv2d(
            new(
                convolution.in_channels, convolution.out_channels, Pair(convolution.kernel_size), Pair(convolution.stride), Pair(Windows.Padding(convolution)!),
                Pair(convolution.dilation), convolution.groups, convolution.bias is not null),
            norm is null ? options : options with { Epsilon = norm.eps, Momentum = norm.momentum });
        ghost.to(convolution.weight.device).to(convolution.weight.dtype);
        if (keepWeights)
            GhostInitialization.Run(ghost.primary, ghost.cheap, convolution, norm, ghost.options);
        return ghost;
    }

    /// <inheritdoc/>
    public nn.Module Rebuild() => new GhostConv2d(Settings, options);

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        var full = primary.forward(x);
        var all = cat([full, cheap.forward(full)], 1);
        return isWhole ? all : all.narrow(1, 0, outputs);
    }

    /// <summary>Why a convolution cannot be replaced, or <see langword="null"/>.</summary>
    internal static string? WhyNot(Conv2d convolution, GhostOptions options)
    {
        options.Validate();
        return convolution.padding_mode != PaddingModes.Zeros || Windows.Padding(convolution) is null
            ? "A Ghost module pads with zeros, as many on both sides; this convolution does not."
            : WhyNot(convolution.out_channels, convolution.groups, options);
    }

    private static string? WhyNot(long outputs, long groups, GhostOptions options) =>
        outputs < options.Ratio ? $"Ratio is {options.Ratio}, and there are {outputs} outputs; a Ghost module has at least as many outputs as its ratio."
        : Computed(outputs, options) % groups != 0
            ? $"The {Computed(outputs, options)} maps that a Ghost module of {outputs} outputs and ratio {options.Ratio} computes are not divided by {groups} groups."
            : null;

    /// <summary>The maps that are computed in full.</summary>
    private static long Computed(long outputs, GhostOptions options) => (outputs + options.Ratio - 1) / options.Ratio;

    /// <summary>A convolution with what follows it, in a row, so that rules find them together.</summary>
    private Sequential Finished(Conv2d convolution, long maps)
    {
        var result = nn.Sequential(("conv", convolution));
        if (options.BatchNorm)
        {
            var norm = nn.BatchNorm2d(maps, options.Epsilon);
            norm.momentum = options.Momentum;
            result.append("norm", norm);
        }

        if (options.Relu)
            result.append("relu", nn.ReLU());
        return result;
    }

    private static (long, long) Pair(long[] sizes) => sizes.Length == 1 ? (sizes[0], sizes[0]) : (sizes[0], sizes[1]);

    private sealed record Geometry(
        long Inputs, long Outputs, (long, long) Kernel, (long, long) Stride, (long, long) Padding, (long, long) Dilation, long Groups, bool Bias);
}
