using StickGen.Graphs;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Compression;

// Reductions, norms, pools in one and three dimensions, and what creates tensors.
public sealed partial class Tracer
{
    /// <summary>The mean along some dimensions, or of all.</summary>
    public SymbolicTensor Mean(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "mean", x, dim, keepdim);

    /// <summary>The sum along some dimensions, or of all.</summary>
    public SymbolicTensor Sum(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "sum", x, dim, keepdim);

    /// <summary>The variance along some dimensions, or of all.</summary>
    public SymbolicTensor Var(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "var", x, dim, keepdim);

    /// <summary>The standard deviation along some dimensions, or of all.</summary>
    public SymbolicTensor Std(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "std", x, dim, keepdim);

    /// <summary>The greatest along some dimensions, or of all.</summary>
    public SymbolicTensor Amax(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "amax", x, dim, keepdim);

    /// <summary>The least along some dimensions, or of all.</summary>
    public SymbolicTensor Amin(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "amin", x, dim, keepdim);

    /// <summary>The position of the greatest along a dimension, or of all.</summary>
    public SymbolicTensor Argmax(int node, SymbolicTensor x, Sizes dim = default, bool keepdim = false) => Reduced(node, "argmax", x, dim, keepdim);

    /// <summary>Normalizes the last dimensions. Tensors: the value, and optionally weight and bias.</summary>
    public SymbolicTensor LayerNorm(int node, ReadOnlySpan<SymbolicTensor> tensors, Sizes normalized_shape) =>
        Append(node, "layer_norm", "layer_norm", new Normalize("layer_norm", normalized_shape.Values?.Length ?? 1), Values(tensors));

    /// <summary>Normalizes groups of channels. Tensors: the value, and optionally weight and bias.</summary>
    public SymbolicTensor GroupNorm(int node, ReadOnlySpan<SymbolicTensor> tensors, long num_groups) =>
        Append(node, "group_norm", "group_norm", new Normalize("group_norm", checked((int)num_groups)), Values(tensors));

    /// <summary>The greatest of each window.</summary>
    public SymbolicTensor MaxPool1d(
        int node, SymbolicTensor x, Sizes kernel_size, Sizes stride = default, Sizes padding = default, Sizes dilation = default, bool ceil_mode = false) =>
        Pooled(node, "max_pool1d", x, 1, kernel_size, stride, padding, dilation, ceil_mode);

    /// <summary>The greatest of each window.</summary>
    public SymbolicTensor MaxPool3d(
        int node, SymbolicTensor x, Sizes kernel_size, Sizes stride = default, Sizes padding = default, Sizes dilation = default, bool ceil_mode = false) =>
        Pooled(node, "max_pool3d", x, 3, kernel_size, stride, padding, dilation, ceil_mode);

    /// <summary>The mean of each window.</summary>
    public SymbolicTensor AvgPool1d(
        int node, SymbolicTensor x, Sizes kernel_size, Sizes stride = default, Sizes padding = default, bool ceil_mode = false, bool count_include_pad = true) =>
        Pooled(node, "avg_pool1d", x, 1, kernel_size, stride, padding, default, ceil_mode);

    /// <summary>The mean of each window.</summary>
    public SymbolicTensor AvgPool3d(
        int node, SymbolicTensor x, Sizes kernel_size, Sizes stride = default, Sizes padding = default, bool ceil_mode = false, bool count_include_pad = true,
        long? divisor_override = null) =>
        Pooled(node, "avg_pool3d", x, 3, kernel_size, stride, padding, default, ceil_mode);

    /// <summary>The mean of each of a fixed number of windows.</summary>
    public SymbolicTensor AdaptiveAvgPool1d(int node, SymbolicTensor x, Sizes output_size) => Resized(node, "adaptive_avg_pool1d", x, Shape.Of(output_size.For(1, 1)));

    /// <summary>The greatest of each of a fixed number of windows.</summary>
    public SymbolicTensor AdaptiveMaxPool2d(int node, SymbolicTensor x, Sizes output_size) => Resized(node, "adaptive_max_pool2d", x, Shape.Of(output_size.For(2, 1)));

    /// <summary>The image in another size, or so many times as large.</summary>
    public SymbolicTensor Upsample(
        int node, SymbolicTensor x, Sizes size = default, double[]? scale_factor = null, TorchSharp.torch.InterpolationMode mode = TorchSharp.torch.InterpolationMode.Nearest) =>
        Append(node, "upsample", "upsample", ModuleShapes.Upsampling(x.Value.Shape, size.Values, scale_factor, mode == TorchSharp.torch.InterpolationMode.Nearest), [x.Value]);

    /// <summary>The image with more around it: two numbers for each dimension, the last dimension first.</summary>
    public SymbolicTensor Pad(int node, SymbolicTensor x, Sizes pad) => Resized(node, "pad", x, ModuleShapes.Padded(x.Value.Shape, pad.Values));

    /// <inheritdoc cref="Pad(int, SymbolicTensor, Sizes)"/>
    public SymbolicTensor Pad(int node, SymbolicTensor x, (long, long, long, long) pad) => Pad(node, x, [pad.Item1, pad.Item2, pad.Item3, pad.Item4]);

    /// <summary>A parameter or a buffer as a value.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="name">Its name in the state dictionary of its class.</param>
    /// <param name="value">The live tensor.</param>
    public SymbolicTensor State(int node, string name, Tensor? value)
    {
        if (value is null)
            throw Misfit($"'{name}' is null.");
        var key = ModulePath.Join(scope.Path, name);
        if (!graph.Values.TryGetValue(key, out var constant))
            constant = graph.AddConstant(key, ElementType.Float32, Shape.Of(value.shape));
        return Append(node, Kinds.NodeKinds.State, $"{name}.value", new State(value is TorchSharp.Modules.Parameter), [], [constant]);
    }

    /// <summary>Zeros.</summary>
    public SymbolicTensor Zeros(int node, params ReadOnlySpan<Extent> size) => Created(node, "zeros", ShapeOf(size));

    /// <summary>Ones.</summary>
    public SymbolicTensor Ones(int node, params ReadOnlySpan<Extent> size) => Created(node, "ones", ShapeOf(size));

    /// <summary>One number everywhere.</summary>
    public SymbolicTensor Full(int node, params ReadOnlySpan<Extent> size) => Created(node, "full", ShapeOf(size));

    /// <summary>Numbers in a row.</summary>
    public SymbolicTensor Arange(int node, Extent stop, Extent start = default, double step = 1) => Created(node, "arange", new(CountOf(stop, start, step)));

    private static Dimension CountOf(Extent stop, Extent start, double step)
    {
        if (start.IsZero && step == 1)
            return stop.Size;
        if (!(start.IsZero || start.Size.IsFixed) || !stop.Size.IsFixed)
            return Dimension.Unknown;
        var count = (long)Math.Ceiling((stop.Size.Size - (start.IsZero ? 0 : start.Size.Size)) / step);
        return count > 0 ? count : Dimension.Unknown;
    }

    private static Shape ShapeOf(ReadOnlySpan<Extent> sizes)
    {
        var dimensions = new Dimension[sizes.Length];
        for (var i = 0; i < dimensions.Length; i++)
            dimensions[i] = sizes[i].Size;
        return new(dimensions);
    }

    private SymbolicTensor Reduced(int node, string kind, SymbolicTensor x, Sizes dim, bool keepdim) =>
        Append(node, kind, kind, new Reduce(kind, IntegerList.Create(dim.Values), keepdim), [x.Value]);

    private SymbolicTensor Pooled(
        int node, string kind, SymbolicTensor x, int dimensions, Sizes kernel, Sizes stride, Sizes padding, Sizes dilation, bool ceilMode) =>
        Append(node, kind, kind, PoolOf(kind, dimensions, kernel, stride, padding, dilation, ceilMode), [x.Value]);

    internal static Pool PoolOf(string kind, int dimensions, Sizes kernel, Sizes stride, Sizes padding, Sizes dilation, bool ceilMode)
    {
        var size = kernel.For(dimensions, 1);
        return new(
            kind, [.. size], [.. stride.Values is { Length: > 0 } ? stride.For(dimensions, 1) : size], [.. padding.For(dimensions, 0)],
            [.. dilation.For(dimensions, 1)], ceilMode);
    }

    private SymbolicTensor Resized(int node, string kind, SymbolicTensor x, Shape sizes) => Append(node, kind, kind, new Resize(kind, sizes), [x.Value]);

    private SymbolicTensor Created(int node, string kind, Shape shape) => Append(node, kind, kind, new Create(kind, shape), []);
}
