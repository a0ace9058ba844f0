using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using StickGen.Runtime.Tests.Reference;
using Rows = StickGen.Runtime.Tests.Reference.ReferenceRows;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>
/// A second, slow reading of the numerics contract: it runs the graph of an integer model with plain loops over NCHW arrays,
/// and shares nothing with the kernels or with the integer-exact mode except the definitions of StickGen.Quantization. Layers that stay in float are left out.
/// </summary>
internal static class ReferenceInterpreter
{
    public static Dictionary<string, int[]> Run(ModelGraph graph, float[] input, long[] inputShape)
    {
        var integers = new Dictionary<string, int[]>();
        var reals = new Dictionary<string, float[]>();
        var shapes = new Dictionary<string, long[]> { [graph.Inputs[0].Name] = inputShape };
        reals[graph.Inputs[0].Name] = input;
        foreach (var node in graph.Nodes)
        {
            var name = node.Output.Name;
            var source = node.Inputs[0];
            shapes[name] = [.. node.Output.Shape!.Select(d => d.IsFixed ? d.Size : d.Factor * inputShape[0])];
            if (node.Operation is State)
            {
                reals[name] = MemoryMarshal.Cast<byte, float>(source.Data.Span).ToArray();
            }
            else if (!integers.ContainsKey(source.Name) && node.Operation is not Quantize)
            {
                // What only moves is the same of real numbers; layers that stay in float and what reads them are left out, and a Quantize of those has nothing to read.
                if (reals.TryGetValue(source.Name, out var values)
                    && (node.Operation is Flatten or Reshape or Dropout ? values : ReferenceMoves.Move(node.Operation, values, Sizes(shapes[source.Name]), Sizes(shapes[name]))) is { } moved)
                    reals[name] = moved;
            }
            else if (node.Operation is Dequantize)
            {
                var q = source.Quantization!;
                reals[name] = Array.ConvertAll(integers[source.Name], v => AffineQuantization.Dequantize(v, q.Scale, q.ZeroPoint));
            }
            else if (node.Operation is Quantize)
            {
                var q = node.Output.Quantization!;
                integers[name] = Array.ConvertAll(reals[source.Name], v => AffineQuantization.Quantize(v, q.Scale, q.ZeroPoint, q.Low, q.High));
            }
            else if (integers.ContainsKey(source.Name))
                integers[name] = Compute(node, integers, shapes);
        }

        return integers;
    }

    private static int[] Compute(GraphNode node, Dictionary<string, int[]> values, Dictionary<string, long[]> shapes)
    {
        var x = values[node.Inputs[0].Name];
        var shape = shapes[node.Inputs[0].Name];
        var result = shapes[node.Output.Name];
        var input = node.Inputs[0].Quantization!;
        var output = node.Output.Quantization!;
        switch (node.Operation)
        {
            case Conv2d conv:
                return Convolve(node, conv, x, shape, result);
            case Linear linear:
                return Multiply(node, linear, x, shape, result);
            case Flatten or Reshape:
                return x;
            case Lookup:
                return Array.ConvertAll(x, v => (int)node.Inputs[1].Data.Span[v]);
            case Activate activate:
                return Array.ConvertAll(x, v => Clamp(v, output, activate.Activation));
            case Add add:
                var y = values[node.Inputs[1].Name];
                var factor = (float)((double)input.Scale / output.Scale);
                return x.Zip(y, (a, b) => Round((a + b - (2 * input.ZeroPoint)) * factor, output, add.Activation)).ToArray();
            case Concat:
                return Concatenate(node, values, shapes);
            case MaxPool2d pool:
                return Pool(x, shape, result, pool.Window, (sum, max, inside, padded) => max);
            case AvgPool2d pool:
                return Pool(x, shape, result, pool.Window, (sum, max, inside, padded) =>
                    Round((sum - (inside * input.ZeroPoint)) * (float)(input.Scale / ((double)output.Scale * (pool.DivisorOverride ?? (pool.CountIncludePad ? padded : inside)))), output));
            case AdaptiveAvgPool2d:
                return Adaptive(x, shape, result, input, output);
            case MatMul:
                return Rows.Multiply(
                    x, Sizes(shape), values[node.Inputs[1].Name], Sizes(shapes[node.Inputs[1].Name]), Sizes(result), input.ZeroPoint, node.Inputs[1].Quantization!.ZeroPoint,
                    sum => Round(checked((int)sum) * (float)((double)input.Scale * node.Inputs[1].Quantization!.Scale / output.Scale), output));
            case Softmax:
                return Rows.Softmax(x, (int)shape[^1], MemoryMarshal.Cast<byte, int>(node.Inputs[1].Data.Span).ToArray(), output.Scale, steps => Round(steps, output));
            case Normalize normalize:
                return Rows.Normalize(
                    x, Sizes(shape), normalize, input.Scale, input.ZeroPoint, output.Scale,
                    [.. node.Inputs.Skip(1).Select(p => MemoryMarshal.Cast<byte, float>(p.Data.Span).ToArray())], steps => Round(steps, output));
            case Arithmetic arithmetic:
                return ReferenceMoves.Combine(
                    x, Sizes(shape), values[node.Inputs[1].Name], Sizes(shapes[node.Inputs[1].Name]), Sizes(result),
                    (a, b) => Combine(arithmetic.Function, a - input.ZeroPoint, input.Scale, b - node.Inputs[1].Quantization!.ZeroPoint, node.Inputs[1].Quantization!.Scale, output));
            case Reduce reduce:
                return ReferenceMoves.Reduce(reduce, x, Sizes(shape), group =>
                    Round(group.Sum(q => q - input.ZeroPoint) * (float)(input.Scale / ((double)output.Scale * (reduce.Function == "sum" ? 1 : group.Count))), output));
            case Permute or Slice or Select or Expand or Upsample:
                return ReferenceMoves.Move(node.Operation, x, Sizes(shape), Sizes(result))!;
            default:
                throw new NotSupportedException(node.Operation.ToString());
        }
    }

    private static int Combine(ArithmeticFunction function, int a, float aScale, int b, float bScale, ValueQuantization output) => function switch
    {
        ArithmeticFunction.Multiply => Round(a * b * (float)((double)aScale * bScale / output.Scale), output),
        ArithmeticFunction.Subtract => Round((a - b) * (float)((double)aScale / output.Scale), output),
        _ => Round((a + b) * (float)((double)aScale / output.Scale), output),
    };

    private static int[] Sizes(long[] shape) => Array.ConvertAll(shape, size => (int)size);

    private static int Clamp(int q, ValueQuantization output, Activation activation) => activation switch
    {
        Activation.Relu => Math.Max(q, output.ZeroPoint),
        Activation.Relu6 => Math.Min(Math.Max(q, output.ZeroPoint), AffineQuantization.Quantize(6, output.Scale, output.ZeroPoint, output.Low, output.High)),
        _ => q,
    };

    private static int Round(float steps, ValueQuantization output, Activation activation = Activation.None)
    {
        var q = Math.Clamp((long)Math.Round((double)steps, MidpointRounding.ToEven) + output.ZeroPoint, output.Low, output.High);
        return Clamp((int)q, output, activation);
    }

    private static float Factor(GraphNode node, int channel)
    {
        var weight = node.Inputs[1].Quantization!;
        var scale = weight.Scales[weight.Axis is null ? 0 : channel];
        return (float)((double)node.Inputs[0].Quantization!.Scale * scale / node.Output.Quantization!.Scale);
    }

    private static int[] Convolve(GraphNode node, Conv2d conv, int[] x, long[] shape, long[] result)
    {
        var weights = MemoryMarshal.Cast<byte, sbyte>(node.Inputs[1].Data.Span);
        var bias = node.Inputs.Count > 2 ? MemoryMarshal.Cast<byte, int>(node.Inputs[2].Data.Span) : default;
        var zero = node.Inputs[0].Quantization!.ZeroPoint;
        var (perGroup, outPerGroup) = (shape[1] / conv.Groups, result[1] / conv.Groups);
        var w = conv.Window;
        var y = new int[result.Aggregate(1L, (a, b) => a * b)];
        var at = 0;
        for (var n = 0L; n < result[0]; n++)
        for (var o = 0L; o < result[1]; o++)
        for (var i = 0L; i < result[2]; i++)
        for (var j = 0L; j < result[3]; j++)
        {
            long sum = bias.IsEmpty ? 0 : bias[(int)o];
            for (var c = 0L; c < perGroup; c++)
            for (var k = 0; k < w.Kernel.Height; k++)
            for (var l = 0; l < w.Kernel.Width; l++)
            {
                var row = (i * w.Stride.Height) - w.Padding.Height + (k * w.Dilation.Height);
                var column = (j * w.Stride.Width) - w.Padding.Width + (l * w.Dilation.Width);
                if (row < 0 || row >= shape[2] || column < 0 || column >= shape[3])
                    continue;
                var channel = (o / outPerGroup * perGroup) + c;
                sum += (x[(((((n * shape[1]) + channel) * shape[2]) + row) * shape[3]) + column] - zero)
                    * (long)weights[(int)((((((o * perGroup) + c) * w.Kernel.Height) + k) * w.Kernel.Width) + l)];
            }

            y[at++] = Round(checked((int)sum) * Factor(node, (int)o), node.Output.Quantization!, conv.Activation);
        }

        return y;
    }

    private static int[] Multiply(GraphNode node, Linear linear, int[] x, long[] shape, long[] result)
    {
        var weights = MemoryMarshal.Cast<byte, sbyte>(node.Inputs[1].Data.Span);
        var bias = node.Inputs.Count > 2 ? MemoryMarshal.Cast<byte, int>(node.Inputs[2].Data.Span) : default;
        var zero = node.Inputs[0].Quantization!.ZeroPoint;
        var (inputs, outputs) = ((int)shape[^1], (int)result[^1]);
        var y = new int[x.Length / inputs * outputs];
        for (var r = 0; r < y.Length; r++)
        {
            long sum = bias.IsEmpty ? 0 : bias[r % outputs];
            for (var c = 0; c < inputs; c++)
                sum += (long)(x[(r / outputs * inputs) + c] - zero) * weights[(r % outputs * inputs) + c];
            y[r] = Round(checked((int)sum) * Factor(node, r % outputs), node.Output.Quantization!, linear.Activation);
        }

        return y;
    }

    private static int[] Concatenate(GraphNode node, Dictionary<string, int[]> values, Dictionary<string, long[]> shapes)
    {
        var axis = ((Concat)node.Operation).Axis;
        var outer = shapes[node.Inputs[0].Name].Take(axis).Aggregate(1L, (a, b) => a * b);
        var y = new List<int>();
        for (var i = 0; i < outer; i++)
        {
            foreach (var input in node.Inputs)
            {
                var length = values[input.Name].Length / (int)outer;
                y.AddRange(values[input.Name].AsSpan(i * length, length).ToArray());
            }
        }

        return [.. y];
    }

    private static int[] Pool(int[] x, long[] shape, long[] result, Window w, Func<int, int, int, int, int> reduce)
    {
        var y = new int[result.Aggregate(1L, (a, b) => a * b)];
        for (var at = 0; at < y.Length; at++)
        {
            var (j, i, plane) = (at % result[3], at / result[3] % result[2], at / (result[2] * result[3]));
            var (sum, max, inside) = (0, int.MinValue, 0);
            for (var k = 0; k < w.Kernel.Height; k++)
            for (var l = 0; l < w.Kernel.Width; l++)
            {
                var row = (i * w.Stride.Height) - w.Padding.Height + (k * w.Dilation.Height);
                var column = (j * w.Stride.Width) - w.Padding.Width + (l * w.Dilation.Width);
                if (row < 0 || row >= shape[2] || column < 0 || column >= shape[3])
                    continue;
                var v = x[(((plane * shape[2]) + row) * shape[3]) + column];
                (sum, max, inside) = (sum + v, Math.Max(max, v), inside + 1);
            }

            var height = Math.Min((i * w.Stride.Height) - w.Padding.Height + w.Kernel.Height, shape[2] + w.Padding.Height) - ((i * w.Stride.Height) - w.Padding.Height);
            var width = Math.Min((j * w.Stride.Width) - w.Padding.Width + w.Kernel.Width, shape[3] + w.Padding.Width) - ((j * w.Stride.Width) - w.Padding.Width);
            y[at] = reduce(sum, max, inside, (int)(height * width));
        }

        return y;
    }

    private static int[] Adaptive(int[] x, long[] shape, long[] result, ValueQuantization input, ValueQuantization output)
    {
        var y = new int[result.Aggregate(1L, (a, b) => a * b)];
        for (var at = 0; at < y.Length; at++)
        {
            var (j, i, plane) = (at % result[3], at / result[3] % result[2], at / (result[2] * result[3]));
            var (top, bottom) = (i * shape[2] / result[2], (((i + 1) * shape[2]) + result[2] - 1) / result[2]);
            var (left, right) = (j * shape[3] / result[3], (((j + 1) * shape[3]) + result[3] - 1) / result[3]);
            var sum = 0;
            for (var row = top; row < bottom; row++)
            for (var column = left; column < right; column++)
                sum += x[(((plane * shape[2]) + row) * shape[3]) + column] - input.ZeroPoint;
            y[at] = Round(sum * (float)(input.Scale / ((double)output.Scale * (bottom - top) * (right - left))), output);
        }

        return y;
    }
}
