using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Operations;

namespace StickGen.Compression;

// Functions and tensor methods, as TorchSharp names their parameters. The ones without effect on what is computed
// (inplace, training) are accepted so that arguments can be copied as they are.
public sealed partial class Tracer
{
    /// <summary>max(x, 0).</summary>
    public SymbolicTensor Relu(int node, SymbolicTensor x) =>
        Append(node, NodeKinds.Relu, "relu", new Activate(Activation.Relu), [x.Value]);

    /// <summary>min(max(x, 0), 6).</summary>
    public SymbolicTensor Relu6(int node, SymbolicTensor x) =>
        Append(node, NodeKinds.Relu6, "relu6", new Activate(Activation.Relu6), [x.Value]);

    /// <summary>left + right.</summary>
    public SymbolicTensor Add(int node, SymbolicTensor left, SymbolicTensor right) =>
        Append(node, NodeKinds.Add, "add", IsBroadcast(left, right) ? new Arithmetic(ArithmeticFunction.Add) : new Add(), [left.Value, right.Value]);

    /// <summary>Tensors one after the other along <paramref name="dim"/>.</summary>
    public SymbolicTensor Concat(int node, ReadOnlySpan<SymbolicTensor> tensors, long dim = 0) =>
        Append(node, NodeKinds.Concat, "concat", new Concat(checked((int)dim)), Values(tensors));

    /// <summary>Nothing, outside of training.</summary>
    public SymbolicTensor Dropout(int node, SymbolicTensor x, double p = 0.5) =>
        Append(node, NodeKinds.Dropout, "dropout", new Dropout(p), [x.Value]);

    /// <summary>Merges dimensions.</summary>
    public SymbolicTensor Flatten(int node, SymbolicTensor x, long start_dim = 0, long end_dim = -1) =>
        Append(node, "flatten", "flatten", new Flatten(checked((int)start_dim), checked((int)end_dim)), [x.Value]);

    /// <summary>The same elements in another shape; an unknown dimension is computed.</summary>
    public SymbolicTensor Reshape(int node, SymbolicTensor x, params ReadOnlySpan<Dimension> shape)
    {
        var unknown = 0;
        foreach (var dimension in shape)
            unknown += dimension.IsUnknown ? 1 : 0;

        // Of several unknown sizes none can be computed: forward knows them, and the graph no more than that.
        return unknown > 1 ? Operation(node, "reshape", x) : Append(node, "reshape", "reshape", new Reshape([.. shape]), [x.Value]);
    }

    /// <summary>The same value.</summary>
    public SymbolicTensor Identity(int node, SymbolicTensor x) => x;

    /// <summary>Something that the graph has no operation for.</summary>
    public SymbolicTensor Opaque(int node, string code, params ReadOnlySpan<SymbolicTensor> operands) =>
        Append(node, NodeKinds.Opaque, "opaque", new Opaque(code), Present(operands));

    /// <summary>An operation of TorchSharp of which the graph knows no more than its name and what it reads.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="name">TorchSharp's name of the function, method or operator.</param>
    /// <param name="operands">The tensors that it reads; some may be null.</param>
    public SymbolicTensor Operation(int node, string name, params ReadOnlySpan<SymbolicTensor?> operands) =>
        Append(node, NodeKinds.Operation, name, new Call(name), Present(operands));

    /// <summary>A module that is called with more than tensors, or gives more than one, and is no compressible one. It runs as it is written, in float.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="module">The live module.</param>
    /// <param name="operands">The tensors that it reads; some may be null.</param>
    public SymbolicTensor Invoke(int node, TorchSharp.torch.nn.Module? module, params ReadOnlySpan<SymbolicTensor?> operands)
    {
        var name = module?.GetName() ?? "null";
        return Append(node, NodeKinds.Invoke, name, new Call(name), Present(operands));
    }

    /// <summary>A tensor that something holds which is no part of the graph: an object that <c>forward</c> is given, a tuple that a call gives.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="code">How it is read.</param>
    /// <param name="sources">The tensors that it is computed from, as far as they are known.</param>
    public SymbolicTensor Member(int node, string code, params ReadOnlySpan<SymbolicTensor?> sources) =>
        Append(node, NodeKinds.Member, code.Replace('.', '_'), new Call(code), Present(sources));

    /// <summary>The largest value of each window.</summary>
    public SymbolicTensor MaxPool2d(
        int node, SymbolicTensor x, long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? dilation = null,
        bool ceil_mode = false) =>
        Append(node, "max_pool2d", "max_pool2d", new MaxPool2d(Windows.Of(kernel_size, stride, padding, dilation), ceil_mode), [x.Value]);

    /// <inheritdoc cref="MaxPool2d(int, SymbolicTensor, long[], long[], long[], long[], bool)"/>
    public SymbolicTensor MaxPool2d(
        int node, SymbolicTensor x, long kernel_size, long? stride = null, long? padding = null, long? dilation = null,
        bool ceil_mode = false) =>
        MaxPool2d(node, x, [kernel_size], Sizes(stride), Sizes(padding), Sizes(dilation), ceil_mode);

    /// <inheritdoc cref="MaxPool2d(int, SymbolicTensor, long[], long[], long[], long[], bool)"/>
    public SymbolicTensor MaxPool2d(
        int node, SymbolicTensor x, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null,
        (long, long)? dilation = null, bool ceil_mode = false) =>
        MaxPool2d(node, x, Sizes(kernel_size)!, Sizes(stride), Sizes(padding), Sizes(dilation), ceil_mode);

    /// <summary>The mean of each window.</summary>
    public SymbolicTensor AvgPool2d(
        int node, SymbolicTensor x, long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false,
        bool count_include_pad = true, long? divisor_override = null) =>
        Append(
            node, NodeKinds.AvgPool2d, "avg_pool2d",
            new AvgPool2d(Windows.Of(kernel_size, stride, padding), ceil_mode, count_include_pad, checked((int?)divisor_override)),
            [x.Value]);

    /// <inheritdoc cref="AvgPool2d(int, SymbolicTensor, long[], long[], long[], bool, bool, long?)"/>
    public SymbolicTensor AvgPool2d(
        int node, SymbolicTensor x, long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false,
        bool count_include_pad = true, long? divisor_override = null) =>
        AvgPool2d(node, x, [kernel_size], Sizes(stride), Sizes(padding), ceil_mode, count_include_pad, divisor_override);

    /// <inheritdoc cref="AvgPool2d(int, SymbolicTensor, long[], long[], long[], bool, bool, long?)"/>
    public SymbolicTensor AvgPool2d(
        int node, SymbolicTensor x, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null,
        bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
        AvgPool2d(node, x, Sizes(kernel_size)!, Sizes(stride), Sizes(padding), ceil_mode, count_include_pad, divisor_override);

    /// <summary>The mean of each of a fixed number of windows.</summary>
    public SymbolicTensor AdaptiveAvgPool2d(int node, SymbolicTensor x, long[] output_size) =>
        Append(node, NodeKinds.AdaptiveAvgPool2d, "adaptive_avg_pool2d", new AdaptiveAvgPool2d(Windows.Size(output_size)), [x.Value]);

    /// <inheritdoc cref="AdaptiveAvgPool2d(int, SymbolicTensor, long[])"/>
    public SymbolicTensor AdaptiveAvgPool2d(int node, SymbolicTensor x, long output_size) =>
        AdaptiveAvgPool2d(node, x, [output_size]);

    /// <inheritdoc cref="AdaptiveAvgPool2d(int, SymbolicTensor, long[])"/>
    public SymbolicTensor AdaptiveAvgPool2d(int node, SymbolicTensor x, (long, long) output_size) =>
        AdaptiveAvgPool2d(node, x, [output_size.Item1, output_size.Item2]);

    private static long[]? Sizes(long? size) => size is { } both ? [both] : null;

    private static long[]? Sizes((long, long)? size) => size is var (height, width) ? [height, width] : null;

    /// <summary>Whether one operand is repeated, which the sum of the integer model cannot do.</summary>
    private static bool IsBroadcast(SymbolicTensor left, SymbolicTensor right)
    {
        if (left.Value.Shape is not { } a || right.Value.Shape is not { } b)
            return false;
        Dimension one = 1;
        return a.Rank != b.Rank || a.Zip(b).Any(pair => pair.First != pair.Second && (pair.First == one || pair.Second == one));
    }

    private static GraphValue[] Present(ReadOnlySpan<SymbolicTensor?> tensors) => [.. tensors.ToArray().OfType<SymbolicTensor>().Select(tensor => tensor.Value)];

    private static GraphValue[] Values(ReadOnlySpan<SymbolicTensor> tensors)
    {
        var values = new GraphValue[tensors.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = tensors[i].Value;
        return values;
    }
}
