using System.Collections.Immutable;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Planning;

/// <summary>
/// From a graph with fixed shapes to a <see cref="Plan"/>: chooses layouts, calls kernels in the order of the nodes,
/// leaves out what moves nothing, places the values in memory.
/// </summary>
internal sealed partial class Lowering
{
    /// <summary>Coordinates, also of padding, and sums of them stay far from overflowing an int.</summary>
    private const long MaxCoordinate = 1 << 30;

    private readonly IKernels kernels;
    private readonly PackedWeights weights;
    private readonly int threads;
    private readonly List<PlannedStep> steps = [];
    private readonly List<Buffer> buffers = [];
    private readonly List<TracePoint> tracePoints = [];
    private readonly Dictionary<GraphValue, Stored> stored = [];

    /// <summary>
    /// What was brought into another layout. The number of matrices is part of the key, because a reshaped value lies in the
    /// same buffer, with the same channels, and is other matrices.
    /// </summary>
    private readonly Dictionary<(Buffer, Layout, int Matrices), Buffer> converted = [];

    private Lowering(IKernels kernels, PackedWeights weights, int threads) =>
        (this.kernels, this.weights, this.threads) = (kernels, weights, threads);

    /// <exception cref="ArgumentException">A value is too large for this runtime.</exception>
    public static Plan Lower(ModelGraph graph, IKernels kernels, PackedWeights weights, int threads) =>
        new Lowering(kernels, weights, threads).Lower(graph);

    private Plan Lower(ModelGraph graph)
    {
        var inputs = graph.Inputs.Select(i => Store(i, Layout.RowMajor)).ToArray();
        foreach (var input in inputs)
            input.UseAt(-1);
        foreach (var node in graph.Nodes)
            Lower(node);
        var outputs = graph.Outputs.Select(o => Load(o, Layout.RowMajor)).ToArray();
        foreach (var output in outputs)
            output.UseAt(steps.Count);

        var bytes = MemoryPlanner.Place(buffers);
        if (bytes > Array.MaxLength - MemoryPlanner.Alignment)
            throw new ArgumentException($"Inputs of the shapes {string.Join(", ", graph.Inputs)} take {bytes} bytes of memory or more; at most 2 GB are supported.");
        return new()
        {
            Steps = [.. steps],
            Inputs = inputs,
            Outputs = outputs,
            TracePoints = [.. tracePoints],
            MemoryBytes = (int)bytes,
        };
    }

    private void Lower(GraphNode node)
    {
        switch (node.Operation)
        {
            case Conv2d conv:
                Convolution(node, conv);
                break;
            case Linear:
                LinearLayer(node);
                break;
            case MaxPool2d pool:
                MaxPool(node, pool);
                break;
            case AvgPool2d pool:
                MeanPool(node, pool);
                break;
            case AdaptiveAvgPool2d:
                AdaptiveMeanPool(node);
                break;
            case Operations.Quantize:
                Quantize(node);
                break;
            case Operations.Dequantize:
                Dequantize(node);
                break;
            case MatMul:
                MatrixProduct(node);
                break;
            case Softmax:
                SoftmaxRows(node);
                break;
            case Normalize normalize:
                RowNormalization(node, normalize);
                break;
            case Arithmetic { Number: { } number } arithmetic:
                WithNumber(node, arithmetic, (float)number);
                break;
            case Arithmetic arithmetic:
                Pairwise(node, arithmetic.Function);
                break;
            case Elementwise elementwise:
                Function(node, elementwise.Function);
                break;
            case Operations.Embedding:
                Embedding(node);
                break;
            case ScaledDotProductAttention attention:
                Attention(node, attention.IsCausal);
                break;
            case CachedAttention attention:
                CachedAttention(node, attention.Layer);
                break;
            case PositionSlice slice:
                Position(node, slice.Axis);
                break;
            case GroupedLinear linear:
                GroupedLayer(node, linear);
                break;
            case RepeatInterleave repeat:
                Repetition(node, repeat);
                break;
            case Reduce reduce:
                Reduction(node, reduce);
                break;
            case Permute permute:
                Permutation(node, permute);
                break;
            case Slice slice:
                Slicing(node, slice);
                break;
            case Select select:
                Selection(node, select);
                break;
            case Expand:
                Expansion(node);
                break;
            case Upsample upsample:
                Upsampling(node, upsample);
                break;
            case State:
                Constant(node);
                break;
            case Operations.Lookup:
                Lookup(node);
                break;
            case Activate activate:
                Activation(node, activate.Activation);
                break;
            case Operations.Add add:
                Sum(node, add.Activation);
                break;
            case BatchNorm norm:
                Normalization(node, norm);
                break;
            case Concat concat:
                Concatenation(node, concat);
                break;
            case Dropout:
                Alias(node.Output, stored[node.Inputs[0]]);
                break;
            case Flatten or Reshape:
                Reshaping(node);
                break;
            default:
                throw new InvalidOperationException($"The operation {node.Operation} passed validation but has no kernel.");
        }
    }

    /// <summary>Makes room for a value that the next step computes.</summary>
    private Buffer Store(GraphValue value, Layout layout)
    {
        var buffer = Allocate(Elements(value) * value.Type.Size(), value.Name);
        stored.Add(value, new(buffer, layout));
        return buffer;
    }

    /// <summary>Says that a value lies where another does.</summary>
    private void Alias(GraphValue value, Stored place)
    {
        stored.Add(value, place);
        Trace(value);
    }

    /// <summary>Where a value lies in a layout, into which it is brought if it does not.</summary>
    private Buffer Load(GraphValue value, Layout layout)
    {
        var (buffer, actual) = stored[value];
        if (actual == layout)
            return buffer;
        var matrices = (int)value.Shape![0].Size;
        if (converted.TryGetValue((buffer, layout, matrices), out var known))
            return known;
        // Only between row-major and channels-last there is one transposition.
        var source = actual != Layout.RowMajor && layout != Layout.RowMajor ? Load(value, Layout.RowMajor) : buffer;
        var target = Allocate(buffer.Length, value.Name);
        var channels = layout == Layout.RowMajor ? actual.Channels : layout.Channels;
        var positions = buffer.Length / value.Type.Size() / matrices / channels;
        var (rows, columns) = layout == Layout.RowMajor ? (positions, channels) : (channels, positions);
        if (value.Type == ElementType.Float32)
            Emit([source], target, 1, (f, _) => Transposition.Run(f.Floats(source), f.Floats(target), matrices, rows, columns));
        else
            Emit([source], target, 1, (f, _) => kernels.Transpose(f.Bytes(source), f.Bytes(target), matrices, rows, columns));
        converted.Add((buffer, layout, matrices), target);
        return target;
    }

    private Buffer LoadImage(GraphValue value) => Load(value, ImageLayout(value));

    private static Layout ImageLayout(GraphValue value) =>
        Layout.ChannelsLast((int)value.Shape![1].Size, (int)(value.Shape[2].Size * value.Shape[3].Size));

    private void Emit(ReadOnlySpan<Buffer> reads, Buffer writes, int parts, Step step)
    {
        foreach (var buffer in reads)
            buffer.UseAt(steps.Count);
        writes.UseAt(steps.Count);
        steps.Add(new(step, parts));
    }

    /// <summary>Adds the step that computes a value, in parts that are computed at the same time.</summary>
    private void Emit(ReadOnlySpan<Buffer> reads, GraphValue computes, int parts, Step step)
    {
        Emit(reads, stored[computes].Buffer, parts, step);
        Trace(computes);
    }

    /// <summary>Adds the step that computes a value, which is not divided.</summary>
    private void Emit(ReadOnlySpan<Buffer> reads, GraphValue computes, Action<Frame> step) =>
        Emit(reads, computes, 1, (frame, _) => step(frame));

    /// <summary>Into how many parts it is worth dividing a step that goes over bytes.</summary>
    private int PartsOf(long bytes)
    {
        // Waking a thread takes a few microseconds, in which a core goes over this much.
        const int WorthAPart = 32 << 10;
        return (int)Math.Clamp(bytes / WorthAPart, 1, threads);
    }

    private void Trace(GraphValue value)
    {
        if (value.Quantization is null)
            return;
        // The value may lie where another one does that is not needed any more.
        stored[value].Buffer.UseAt(steps.Count - 1);
        tracePoints.Add(new(steps.Count - 1, value, stored[value]));
    }

    private Buffer Allocate(long bytes, string name)
    {
        if (bytes > Array.MaxLength)
            throw new ArgumentException($"The value '{name}' takes {bytes} bytes; at most 2 GB are supported.");
        var buffer = new Buffer((int)bytes);
        buffers.Add(buffer);
        return buffer;
    }

    private static long Elements(GraphValue value)
    {
        long product = 1;
        foreach (var dimension in value.Shape!)
        {
            if (dimension.Size > Array.MaxLength / product)
                throw new ArgumentException($"The value '{value.Name}' of shape {value.Shape} is too large; at most 2 GB are supported.");
            product *= dimension.Size;
        }

        return product;
    }

    private static IntegerRange Range(ValueQuantization quantization, Activation activation = Operations.Activation.None)
    {
        var (low, high) = activation.Bounds(quantization);
        return new(quantization.Scale, quantization.ZeroPoint, low, high);
    }
}
