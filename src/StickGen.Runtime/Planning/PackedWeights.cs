using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Planning;

/// <summary>
/// The weights of a model in the form its kernels want, by node, packed once and shared by all plans. Not for use by
/// several threads at once; what it returns is.
/// </summary>
internal sealed class PackedWeights(IKernels kernels)
{
    private readonly Dictionary<(string Node, Layout Input), object> packed = [];

    /// <summary>The convolution of a node with a quantized input.</summary>
    /// <param name="node">A <see cref="Conv2d"/> or <see cref="Linear"/>.</param>
    /// <param name="input">The layout of a linear layer's input.</param>
    public IConvolution Integer(GraphNode node, Layout input = default)
    {
        if (packed.TryGetValue((node.Name, input), out var known))
            return (IConvolution)known;
        var convolution = kernels.Convolution(Define(node), MemoryMarshal.Cast<byte, sbyte>(Reordered(node.Inputs[1], input)));
        packed.Add((node.Name, input), convolution);
        return convolution;
    }

    /// <summary>The convolution of a node with a float32 input.</summary>
    public FloatConvolution Float(GraphNode node, Layout input = default)
    {
        if (packed.TryGetValue((node.Name, input), out var known))
            return (FloatConvolution)known;
        var (window, groups, activation) = Settings(node);
        var weight = node.Inputs[1];
        var bias = node.Inputs.Count > 2
            ? MemoryMarshal.Cast<byte, float>(node.Inputs[2].Data.Span).ToArray()
            : new float[weight.Shape![0].Size];
        var convolution = new FloatConvolution(
            window, groups, MemoryMarshal.Cast<byte, float>(Reordered(weight, input)), bias, activation);
        packed.Add((node.Name, input), convolution);
        return convolution;
    }

    /// <summary>The product of a layer with integers in groups.</summary>
    public GroupQuantizedMatrix Grouped(GraphNode node, GroupedLinear linear)
    {
        if (packed.TryGetValue((node.Name, default), out var known))
            return (GroupQuantizedMatrix)known;
        var weight = node.Inputs[1];
        var weights = new GroupedWeights(
            linear.Scheme, (int)weight.Shape![0].Size, (int)weight.Shape[1].Size,
            MemoryMarshal.Cast<byte, sbyte>(weight.Data.Span).ToArray(),
            MemoryMarshal.Cast<byte, float>(node.Inputs[2].Data.Span).ToArray(),
            linear.Scheme.Symmetric ? null : MemoryMarshal.Cast<byte, sbyte>(node.Inputs[3].Data.Span).ToArray());
        var matrix = linear.Precision == ActivationPrecision.StaticInt8
            ? new GroupQuantizedMatrix(weights, linear.InputScale, linear.InputZeroPoint, kernels)
            : new GroupQuantizedMatrix(weights, kernels);
        packed.Add((node.Name, default), matrix);
        return matrix;
    }

    private static ConvolutionDefinition Define(GraphNode node)
    {
        var (window, groups, activation) = Settings(node);
        var input = node.Inputs[0].Quantization!;
        var weight = node.Inputs[1];
        var outputs = (int)weight.Shape![0].Size;
        var weightQuantization = weight.Quantization!;
        var scales = Enumerable.Range(0, outputs).Select(o => weightQuantization.Scales[weightQuantization.Axis is null ? 0 : o]);

        OutputStage stage;
        if (node.Output.Quantization is { } output)
        {
            var (low, high) = activation.Bounds(output);
            stage = new RequantizedOutput(
                [.. scales.Select(s => Requantization.Multiplier(input.Scale, s, output.Scale))],
                new(output.Scale, output.ZeroPoint, low, high));
        }
        else
        {
            stage = new FloatOutput([.. scales.Select(s => Requantization.FloatFactor(input.Scale, s))], activation);
        }

        return new()
        {
            Window = window,
            Groups = groups,
            InputChannels = (int)weight.Shape[1].Size * groups,
            OutputChannels = outputs,
            Bias = node.Inputs.Count > 2 ? MemoryMarshal.Cast<byte, int>(node.Inputs[2].Data.Span).ToArray() : new int[outputs],
            InputZeroPoint = (byte)input.ZeroPoint,
            HighestInput = (byte)input.High,
            Output = stage,
        };
    }

    private static (Window Window, int Groups, Activation Activation) Settings(GraphNode node) => node.Operation switch
    {
        Conv2d conv => (conv.Window, conv.Groups, conv.Activation),
        Linear linear => (new Window(1, 1, 0, 1), 1, linear.Activation),
        _ => throw new InvalidOperationException($"The node '{node.Name}' has no weights."),
    };

    /// <summary>The columns of a linear layer's weight in the order in which its input lies in memory.</summary>
    private static ReadOnlySpan<byte> Reordered(GraphValue weight, Layout input)
    {
        if (input.Channels == 0)
            return weight.Data.Span;
        var (rows, columns) = ((int)weight.Shape![0].Size, (int)weight.Shape[1].Size);
        var reordered = new byte[weight.Data.Length];
        if (weight.Type == ElementType.Float32)
            Transposition.Run(MemoryMarshal.Cast<byte, int>(weight.Data.Span), MemoryMarshal.Cast<byte, int>(reordered.AsSpan()), rows, input.Channels, columns / input.Channels);
        else
            Transposition.Run(weight.Data.Span, reordered, rows, input.Channels, columns / input.Channels);
        return reordered;
    }
}
