using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Reference;

/// <summary>A value of a graph: integers if it is quantized, real numbers if not; row-major.</summary>
internal sealed record ReferenceValue(int[] Shape, double[] Values);

/// <summary>
/// Computes every value of a graph slowly: plain loops over NCHW, sums in <see cref="long"/> or <see cref="double"/>, none of
/// StickGen's arithmetic, layouts or plans. Integers are exact; float32 sums are not rounded where StickGen's are.
/// </summary>
internal static class ReferenceModel
{
    public static Dictionary<string, ReferenceValue> Run(ModelGraph graph, params (int[] Shape, float[] Values)[] inputs)
    {
        var values = new Dictionary<string, ReferenceValue>();
        for (var i = 0; i < inputs.Length; i++)
            values.Add(graph.Inputs[i].Name, new(inputs[i].Shape, Array.ConvertAll(inputs[i].Values, v => (double)v)));
        foreach (var constant in graph.Values.Values.Where(v => v.IsConstant))
            values.Add(constant.Name, new([.. constant.Shape!.Select(d => (int)d.Size)], Numbers(constant)));
        foreach (var node in graph.Nodes)
            values.Add(node.Output.Name, Compute(node, node.Inputs.Select(i => values[i.Name]).ToArray()));
        return values;
    }

    private static double[] Numbers(GraphValue constant) => constant.Type switch
    {
        ElementType.Int8 => [.. MemoryMarshal.Cast<byte, sbyte>(constant.Data.Span).ToArray().Select(v => (double)v)],
        ElementType.Int32 => [.. MemoryMarshal.Cast<byte, int>(constant.Data.Span).ToArray().Select(v => (double)v)],
        ElementType.Float32 => [.. MemoryMarshal.Cast<byte, float>(constant.Data.Span).ToArray().Select(v => (double)v)],
        _ => [.. constant.Data.ToArray().Select(v => (double)v)],
    };

    private static ReferenceValue Compute(GraphNode node, ReferenceValue[] inputs) => node.Operation switch
    {
        Conv2d conv => Convolve(node, inputs, conv.Window, conv.Groups, conv.Activation),
        Linear linear => Multiply(node, inputs, linear.Activation),
        MaxPool2d pool => MaxPool(node, inputs[0], pool),
        AvgPool2d pool => AveragePool(node, inputs[0], pool),
        AdaptiveAvgPool2d pool => AdaptivePool(node, inputs[0], pool),
        Activate activate => Map(inputs[0], v => Limit(node, v, activate.Activation)),
        Permute or Slice or Select or Expand or Upsample => new(Shape(node, inputs[0]), ReferenceMoves.Move(node.Operation, inputs[0].Values, inputs[0].Shape, Shape(node, inputs[0]))!),
        Arithmetic arithmetic => Pair(node, inputs, arithmetic.Function),
        Reduce reduce => new(
            Shape(node, inputs[0]),
            ReferenceMoves.Reduce(reduce, inputs[0].Values, inputs[0].Shape, group => Mean(node, group, reduce.Function == "sum" ? 1 : group.Count))),
        State => inputs[0],
        MatMul => new(Shape(node, inputs[0]), Numbers(ReferenceRows.Multiply(
            Integers(inputs[0]), inputs[0].Shape, Integers(inputs[1]), inputs[1].Shape, Shape(node, inputs[0]), (int)Zero(node), node.Inputs[1].Quantization!.ZeroPoints[0],
            sum => Exact.Requantize(sum, (float)((double)node.Inputs[0].Quantization!.Scales[0] * node.Inputs[1].Quantization!.Scales[0] / node.Output.Quantization!.Scales[0]), node.Output.Quantization.ZeroPoints[0], node.Output.Quantization.Low, node.Output.Quantization.High)))),
        Softmax => new(inputs[0].Shape, Numbers(ReferenceRows.Softmax(
            Integers(inputs[0]), inputs[0].Shape[^1], Integers(inputs[1]), node.Output.Quantization!.Scales[0], steps => Clamped(node.Output.Quantization, steps)))),
        Normalize normalize => new(inputs[0].Shape, Numbers(ReferenceRows.Normalize(
            Integers(inputs[0]), inputs[0].Shape, normalize, node.Inputs[0].Quantization!.Scales[0], (int)Zero(node), node.Output.Quantization!.Scales[0],
            [.. inputs.Skip(1).Select(p => Array.ConvertAll(p.Values, v => (float)v))], steps => Clamped(node.Output.Quantization, steps)))),
        Lookup => Map(inputs[0], v => inputs[1].Values[(int)v]),
        Add add => Sum(node, inputs, add.Activation),
        Quantize => Map(inputs[0], v => Quantized(node.Output.Quantization!, (float)v)),
        Dequantize => Map(inputs[0], v => Real(node.Inputs[0].Quantization!, v)),
        Concat concat => Concatenate(inputs, concat.Axis < 0 ? concat.Axis + inputs[0].Shape.Length : concat.Axis),
        Dropout => inputs[0],
        Flatten flatten => Flat(inputs[0], flatten),
        Reshape reshape => Reshaped(inputs[0], reshape),
        var other => throw new NotSupportedException(other.ToString()),
    };

    /// <summary>The shape of a result, whose only name is the batch of the input.</summary>
    private static int[] Shape(GraphNode node, ReferenceValue input) => [.. node.Output.Shape!.Select(d => d.IsFixed ? (int)d.Size : input.Shape[0])];

    private static int[] Integers(ReferenceValue value) => Array.ConvertAll(value.Values, v => (int)v);

    private static double[] Numbers(int[] integers) => Array.ConvertAll(integers, v => (double)v);

    private static int Clamped(ValueQuantization q, float steps) =>
        (int)Math.Clamp(Math.Round((double)steps, MidpointRounding.ToEven) + q.ZeroPoints[0], q.Low, q.High);

    private static ReferenceValue Pair(GraphNode node, ReferenceValue[] inputs, ArithmeticFunction function)
    {
        var (a, b, output) = (node.Inputs[0].Quantization!, node.Inputs[1].Quantization!, node.Output.Quantization!);
        var factor = function == ArithmeticFunction.Multiply
            ? (float)((double)a.Scales[0] * b.Scales[0] / output.Scales[0])
            : (float)((double)a.Scales[0] / output.Scales[0]);
        var shape = Shape(node, inputs[0]);
        return new(shape, ReferenceMoves.Combine(inputs[0].Values, inputs[0].Shape, inputs[1].Values, inputs[1].Shape, shape, (x, y) =>
        {
            var (left, right) = ((long)x - a.ZeroPoints[0], (long)y - b.ZeroPoints[0]);
            var accumulator = function switch { ArithmeticFunction.Multiply => left * right, ArithmeticFunction.Subtract => left - right, _ => left + right };
            return Exact.Requantize(accumulator, factor, output.ZeroPoints[0], output.Low, output.High);
        }));
    }

    private static ReferenceValue Map(ReferenceValue input, Func<double, double> map) =>
        new(input.Shape, Array.ConvertAll(input.Values, v => map(v)));

    private static double Quantized(ValueQuantization q, float value) => Exact.Quantize(value, q.Scales[0], q.ZeroPoints[0], q.Low, q.High);

    private static double Real(ValueQuantization q, double value) => Exact.Product(q.Scales[0], value - q.ZeroPoints[0]);

    /// <summary>An activation of a value that is not computed anew: integers are compared with those of 0 and 6.</summary>
    private static double Limit(GraphNode node, double value, Activation activation)
    {
        if (node.Output.Quantization is not { } q)
            return Activated(value, activation);
        var (low, high) = Bounds(q, activation);
        return Math.Clamp(value, low, high);
    }

    private static double Activated(double value, Activation activation) => activation switch
    {
        Activation.Relu => value < 0 ? 0 : value,
        Activation.Relu6 => value < 0 ? 0 : value > 6 ? 6 : value,
        _ => value,
    };

    private static (int Low, int High) Bounds(ValueQuantization q, Activation activation)
    {
        var low = activation == Activation.None ? q.Low : q.ZeroPoints[0];
        var high = activation == Activation.Relu6 ? Exact.Quantize(6, q.Scales[0], q.ZeroPoints[0], q.Low, q.High) : q.High;
        return (low, high);
    }

    /// <summary>What becomes of the accumulator of a layer with weights.</summary>
    private static double Finish(GraphNode node, double accumulator, int channel, Activation activation)
    {
        if (node.Inputs[0].Quantization is not { } input)
            return Activated(accumulator, activation);
        var weight = node.Inputs[1].Quantization!;
        double weightScale = weight.Scales[weight.Scales.Length == 1 ? 0 : channel];
        if (node.Output.Quantization is not { } output)
            return Activated(Exact.Product((float)(long)accumulator, (float)(input.Scales[0] * weightScale)), activation);
        var (low, high) = Bounds(output, activation);
        return Exact.Requantize(
            (long)accumulator, (float)(input.Scales[0] * weightScale / output.Scales[0]), output.ZeroPoints[0], low, high);
    }

    private static double Zero(GraphNode node) => node.Inputs[0].Quantization?.ZeroPoints[0] ?? 0;

    private static ReferenceValue Convolve(GraphNode node, ReferenceValue[] inputs, Window window, int groups, Activation activation)
    {
        var (image, weight) = (inputs[0], inputs[1]);
        var (n, channels, height, width) = (image.Shape[0], image.Shape[1], image.Shape[2], image.Shape[3]);
        var outputs = weight.Shape[0];
        var outputHeight = Slide(height, window.Kernel.Height, window.Stride.Height, window.Padding.Height, window.Dilation.Height, false);
        var outputWidth = Slide(width, window.Kernel.Width, window.Stride.Width, window.Padding.Width, window.Dilation.Width, false);
        var (groupInputs, groupOutputs) = (channels / groups, outputs / groups);
        var zero = Zero(node);
        var result = new List<double>();
        for (var b = 0; b < n; b++)
        for (var o = 0; o < outputs; o++)
        for (var y = 0; y < outputHeight; y++)
        for (var x = 0; x < outputWidth; x++)
        {
            var sum = inputs.Length > 2 ? inputs[2].Values[o] : 0;
            for (var c = 0; c < groupInputs; c++)
            for (var i = 0; i < window.Kernel.Height; i++)
            for (var j = 0; j < window.Kernel.Width; j++)
            {
                var h = (y * window.Stride.Height) + (i * window.Dilation.Height) - window.Padding.Height;
                var w = (x * window.Stride.Width) + (j * window.Dilation.Width) - window.Padding.Width;
                if (h < 0 || h >= height || w < 0 || w >= width)
                    continue;
                var value = image.Values[(((((b * channels) + (o / groupOutputs * groupInputs) + c) * height) + h) * width) + w];
                sum += (value - zero) * weight.Values[(((((o * groupInputs) + c) * window.Kernel.Height) + i) * window.Kernel.Width) + j];
            }

            result.Add(Finish(node, sum, o, activation));
        }

        return new([n, outputs, outputHeight, outputWidth], [.. result]);
    }

    private static ReferenceValue Multiply(GraphNode node, ReferenceValue[] inputs, Activation activation)
    {
        var (input, weight) = (inputs[0], inputs[1]);
        var (outputs, columns) = (weight.Shape[0], weight.Shape[1]);
        var zero = Zero(node);
        var result = new List<double>();
        for (var row = 0; row < input.Values.Length / columns; row++)
        for (var o = 0; o < outputs; o++)
        {
            var sum = inputs.Length > 2 ? inputs[2].Values[o] : 0;
            for (var i = 0; i < columns; i++)
                sum += (input.Values[(row * columns) + i] - zero) * weight.Values[(o * columns) + i];
            result.Add(Finish(node, sum, o, activation));
        }

        return new([.. input.Shape[..^1], outputs], [.. result]);
    }

    private static ReferenceValue MaxPool(GraphNode node, ReferenceValue image, MaxPool2d pool)
    {
        var lowest = node.Output.Quantization?.Low ?? double.NegativeInfinity;
        return Pool(image, pool.Window, pool.CeilMode, (values, _) => values.Append(lowest).Max());
    }

    private static ReferenceValue AveragePool(GraphNode node, ReferenceValue image, AvgPool2d pool) =>
        Pool(image, pool.Window, pool.CeilMode, (values, padded) =>
            Mean(node, values, pool.DivisorOverride ?? (pool.CountIncludePad ? padded : values.Count)));

    private static ReferenceValue AdaptivePool(GraphNode node, ReferenceValue image, AdaptiveAvgPool2d pool)
    {
        var (height, width) = (image.Shape[2], image.Shape[3]);
        var outputHeight = pool.Output.Height == 0 ? height : pool.Output.Height;
        var outputWidth = pool.Output.Width == 0 ? width : pool.Output.Width;
        var result = new List<double>();
        for (var plane = 0; plane < image.Shape[0] * image.Shape[1]; plane++)
        for (var y = 0; y < outputHeight; y++)
        for (var x = 0; x < outputWidth; x++)
        {
            var values = new List<double>();
            for (var h = y * height / outputHeight; h < Math.Ceiling((y + 1) * height / (double)outputHeight); h++)
            for (var w = x * width / outputWidth; w < Math.Ceiling((x + 1) * width / (double)outputWidth); w++)
                values.Add(image.Values[(((plane * height) + h) * width) + w]);
            result.Add(Mean(node, values, values.Count));
        }

        return new([image.Shape[0], image.Shape[1], outputHeight, outputWidth], [.. result]);
    }

    private static double Mean(GraphNode node, List<double> values, int count)
    {
        if (node.Inputs[0].Quantization is not { } input)
            return values.Sum() / count;
        var output = node.Output.Quantization!;
        var factor = (float)(input.Scales[0] / ((double)output.Scales[0] * count));
        return Exact.Requantize((long)values.Sum(v => v - input.ZeroPoints[0]), factor, output.ZeroPoints[0], output.Low, output.High);
    }

    /// <summary>Collects the values of each window, and how many there are with its padding.</summary>
    private static ReferenceValue Pool(ReferenceValue image, Window window, bool ceiling, Func<List<double>, int, double> reduce)
    {
        var (height, width) = (image.Shape[2], image.Shape[3]);
        var outputHeight = Slide(height, window.Kernel.Height, window.Stride.Height, window.Padding.Height, window.Dilation.Height, ceiling);
        var outputWidth = Slide(width, window.Kernel.Width, window.Stride.Width, window.Padding.Width, window.Dilation.Width, ceiling);
        var result = new List<double>();
        for (var plane = 0; plane < image.Shape[0] * image.Shape[1]; plane++)
        for (var y = 0; y < outputHeight; y++)
        for (var x = 0; x < outputWidth; x++)
        {
            var values = new List<double>();
            var padded = 0;
            for (var i = 0; i < window.Kernel.Height; i++)
            for (var j = 0; j < window.Kernel.Width; j++)
            {
                var h = (y * window.Stride.Height) + (i * window.Dilation.Height) - window.Padding.Height;
                var w = (x * window.Stride.Width) + (j * window.Dilation.Width) - window.Padding.Width;
                if (h < height + window.Padding.Height && w < width + window.Padding.Width)
                    padded++;
                if (h >= 0 && h < height && w >= 0 && w < width)
                    values.Add(image.Values[(((plane * height) + h) * width) + w]);
            }

            result.Add(reduce(values, padded));
        }

        return new([image.Shape[0], image.Shape[1], outputHeight, outputWidth], [.. result]);
    }

    /// <summary>The number of windows, counted.</summary>
    private static int Slide(int size, int kernel, int stride, int padding, int dilation, bool ceiling)
    {
        var count = 0;
        for (var start = -padding; ; start += stride)
        {
            var end = start + ((kernel - 1) * dilation) + 1;
            var fits = end <= size + padding;
            var partly = ceiling && start < size && end - stride < size + padding;
            if (!fits && !(partly && count > 0))
                return count;
            count++;
        }
    }

    private static ReferenceValue Sum(GraphNode node, ReferenceValue[] inputs, Activation activation)
    {
        var (left, right) = (inputs[0].Values, inputs[1].Values);
        if (node.Inputs[0].Quantization is not { } input)
            return new(inputs[0].Shape, [.. left.Zip(right, (a, b) => Activated((float)(a + b), activation))]);
        var output = node.Output.Quantization!;
        var (low, high) = Bounds(output, activation);
        var factor = (float)((double)input.Scales[0] / output.Scales[0]);
        return new(inputs[0].Shape, [.. left.Zip(right, (a, b) => (double)Exact.Requantize(
            (long)(a + b) - (2 * input.ZeroPoints[0]), factor, output.ZeroPoints[0], low, high))]);
    }

    private static ReferenceValue Concatenate(ReferenceValue[] inputs, int axis)
    {
        var shape = (int[])inputs[0].Shape.Clone();
        shape[axis] = inputs.Sum(i => i.Shape[axis]);
        var inner = shape[(axis + 1)..].Aggregate(1, (a, b) => a * b);
        var outer = shape[..axis].Aggregate(1, (a, b) => a * b);
        var result = new List<double>();
        for (var o = 0; o < outer; o++)
        {
            foreach (var input in inputs)
                result.AddRange(input.Values.Skip(o * inner * input.Shape[axis]).Take(inner * input.Shape[axis]));
        }

        return new(shape, [.. result]);
    }

    private static ReferenceValue Flat(ReferenceValue input, Flatten flatten)
    {
        var rank = input.Shape.Length;
        var (start, end) = ((flatten.Start + rank) % rank, (flatten.End + rank) % rank);
        return new(
            [.. input.Shape[..start], input.Shape[start..(end + 1)].Aggregate(1, (a, b) => a * b), .. input.Shape[(end + 1)..]],
            input.Values);
    }

    private static ReferenceValue Reshaped(ReferenceValue input, Reshape reshape)
    {
        // A named dimension is the batch in these tests, and stays where it is.
        var shape = reshape.Target.Select((d, i) => d.IsFixed ? (int)d.Size : d.IsUnknown ? -1 : input.Shape[i]).ToArray();
        var known = shape.Where(s => s > 0).Aggregate(1, (a, b) => a * b);
        return new([.. shape.Select(s => s > 0 ? s : input.Values.Length / known)], input.Values);
    }
}
