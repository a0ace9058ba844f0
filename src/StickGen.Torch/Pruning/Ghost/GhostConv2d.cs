using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// A convolution of which only some maps are computed in full, and the others from them by a cheap depthwise convolution (Han et al. 2020,
/// "GhostNet: more features from cheap operations").
/// </summary>
public sealed class GhostConv2d : nn.Module<Tensor, Tensor>, IRebuildable
{
    private readonly Conv2d primary;
    private readonly Conv2d cheap;
    private readonly BatchNorm2d? primaryNorm;
    private readonly BatchNorm2d? cheapNorm;
    private readonly GhostOptions options;
    private readonly long outputs;

    /// <summary>A module with the signature of a convolution.</summary>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
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
        var computed = (geometry.Outputs + options.Ratio - 1) / options.Ratio;
        if (computed % geometry.Groups != 0)
            throw new CompressionException($"The {computed} maps that a Ghost module of {geometry.Outputs} outputs and ratio {options.Ratio} computes are not divided by {geometry.Groups} groups.");
        primary = nn.Conv2d(
            geometry.Inputs, computed, geometry.Kernel, geometry.Stride, geometry.Padding, geometry.Dilation, groups: geometry.Groups, bias: geometry.Bias);
        cheap = nn.Conv2d(
            computed, computed * (options.Ratio - 1), options.CheapKernel, padding: options.CheapKernel / 2, groups: computed, bias: geometry.Bias);
        if (options.BatchNorm)
        {
            primaryNorm = nn.BatchNorm2d(computed);
            cheapNorm = nn.BatchNorm2d(computed * (options.Ratio - 1));
        }

        RegisterComponents();
    }

    private Geometry Settings { get; }

    /// <summary>A Ghost module, with new weights, in the place of a convolution.</summary>
    /// <param name="convolution">The convolution; only its settings are read. Padding is of zeros and the same on both sides.</param>
    /// <param name="options">How maps are made.</param>
    /// <exception cref="CompressionException">Its padding or its groups cannot be kept.</exception>
    public static GhostConv2d InPlaceOf(Conv2d convolution, GhostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        if (convolution.padding_mode != PaddingModes.Zeros || Windows.Padding(convolution) is not { } padding)
            throw new CompressionException("A Ghost module pads with zeros, as many on both sides; this convolution does not.");
        return new(
            convolution.in_channels, convolution.out_channels, Pair(convolution.kernel_size), Pair(convolution.stride), Pair(padding),
            Pair(convolution.dilation), convolution.groups, convolution.bias is not null, options);
    }

    /// <inheritdoc/>
    public nn.Module Rebuild() => new GhostConv2d(Settings, options);

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var full = Finish(primary.forward(x), primaryNorm);
        var all = cat([full, Finish(cheap.forward(full), cheapNorm)], 1);
        return all.narrow(1, 0, outputs).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Finish(Tensor x, BatchNorm2d? norm)
    {
        if (norm is not null)
            x = norm.forward(x);
        return options.Relu ? x.relu() : x;
    }

    private static (long, long) Pair(long[] sizes) => sizes.Length == 1 ? (sizes[0], sizes[0]) : (sizes[0], sizes[1]);

    private sealed record Geometry(
        long Inputs, long Outputs, (long, long) Kernel, (long, long) Stride, (long, long) Padding, (long, long) Dilation, long Groups, bool Bias);
}
