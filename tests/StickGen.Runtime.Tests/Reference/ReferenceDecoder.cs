using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Reference;

/// <summary>
/// Computes what decoders have in float32, in float64 and by plain loops over the last dimensions: none of StickGen's kernels, orders of sums or plans. With integers for activations, tokens are
/// rounded as the numerics say, from float64.
/// </summary>
internal static class ReferenceDecoder
{
    public static double[] Run(ModelGraph graph, int[] tokens, int batch)
    {
        var values = new Dictionary<GraphValue, (int[] Shape, double[] Values)>();
        values.Add(graph.Inputs[0], ([batch, tokens.Length / batch], Array.ConvertAll(tokens, t => (double)t)));
        foreach (var constant in graph.Values.Values.Where(v => v.IsConstant))
            values.Add(constant, ([.. constant.Shape!.Select(d => (int)d.Size)], Numbers(constant)));
        foreach (var node in graph.Nodes)
        {
            int[] shape = [.. node.Output.Shape!.Select(d => (int)(d.Symbol switch { null => d.Size, "batch" => batch, _ => tokens.Length / batch }))];
            values.Add(node.Output, (shape, Compute(node, [.. node.Inputs.Select(i => values[i])], shape)));
        }

        return values[graph.Outputs[0]].Values;
    }

    private static double[] Numbers(GraphValue constant) => constant.Type == ElementType.Float32
        ? [.. MemoryMarshal.Cast<byte, float>(constant.Data.Span).ToArray().Select(v => (double)v)]
        : [.. MemoryMarshal.Cast<byte, sbyte>(constant.Data.Span).ToArray().Select(v => (double)v)];

    private static double[] Compute(GraphNode node, (int[] Shape, double[] Values)[] inputs, int[] shape)
    {
        var x = inputs[0];
        return node.Operation switch
        {
            Embedding => [.. x.Values.SelectMany(token => inputs[1].Values.Skip((int)token * shape[^1]).Take(shape[^1]))],
            State or Reshape => x.Values,
            Permute or Slice or Select => ReferenceMoves.Move(Fixed(node.Operation, shape), x.Values, x.Shape, shape)!,
            RepeatInterleave repeat => Repeat(x, repeat),
            Concat => Concatenate(inputs),
            Add => Pair(inputs, shape, (a, b) => a + b),
            Arithmetic { Number: { } number } => Array.ConvertAll(x.Values, v => v + number),
            Arithmetic { Function: ArithmeticFunction.Add } => Pair(inputs, shape, (a, b) => a + b),
            Arithmetic => Pair(inputs, shape, (a, b) => a * b),
            Reduce => [.. x.Values.Chunk(x.Shape[^1]).Select(row => row.Average())],
            Elementwise function => Array.ConvertAll(x.Values, v => Function(function.Function, v)),
            Normalize normalize => [.. x.Values.Chunk(shape[^1]).SelectMany(row => Normalized(row, inputs[1].Values, inputs[2].Values, normalize.Epsilon))],
            Linear => Multiply(x, inputs[1], null),
            GroupedLinear linear => Grouped(linear, inputs),
            ScaledDotProductAttention => Attend(inputs, shape),
            _ => throw new NotSupportedException(node.ToString()),
        };
    }

    public static double Function(ElementFunction function, double x) => function switch
    {
        ElementFunction.Neg => -x,
        ElementFunction.Abs => Math.Abs(x),
        ElementFunction.Relu => Math.Max(x, 0),
        ElementFunction.Square => x * x,
        ElementFunction.Sqrt => Math.Sqrt(x),
        ElementFunction.Rsqrt => 1 / Math.Sqrt(x),
        ElementFunction.Reciprocal => 1 / x,
        ElementFunction.Exp => Math.Exp(x),
        ElementFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ElementFunction.Tanh => Math.Tanh(x),
        ElementFunction.Silu => x / (1 + Math.Exp(-x)),
        ElementFunction.Erf => Erf(x),
        ElementFunction.Gelu => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
        ElementFunction.GeluTanh => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => throw new NotSupportedException(function.ToString()),
    };

    /// <summary>2/√π · e⁻ˣ² · Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · … · (2n + 1)), whose terms are all of one sign.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);
        var (sum, term) = (x, x);
        for (var n = 1; n < 200; n++)
            sum += term *= 2 * x * x / ((2 * n) + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static Operation Fixed(Operation operation, int[] shape) => operation is Slice { Length.IsFixed: false } slice ? slice with { Length = shape[0] } : operation;

    private static double[] Repeat((int[] Shape, double[] Values) x, RepeatInterleave repeat)
    {
        var axis = repeat.Axis < 0 ? repeat.Axis + x.Shape.Length : repeat.Axis;
        var inner = x.Shape[(axis + 1)..].Aggregate(1, (a, b) => a * b);
        return [.. x.Values.Chunk(inner).SelectMany(chunk => Enumerable.Repeat(chunk, (int)repeat.Repeats).SelectMany(c => c))];
    }

    private static double[] Concatenate((int[] Shape, double[] Values)[] inputs) =>
        [.. Enumerable.Range(0, inputs[0].Values.Length / inputs[0].Shape[^1]).SelectMany(row => inputs.SelectMany(i => i.Values.Skip(row * i.Shape[^1]).Take(i.Shape[^1])))];

    private static double[] Pair((int[] Shape, double[] Values)[] inputs, int[] shape, Func<double, double, double> function) =>
        ReferenceMoves.Combine(inputs[0].Values, inputs[0].Shape, inputs[1].Values, inputs[1].Shape, shape, function);

    private static IEnumerable<double> Normalized(double[] row, double[] weight, double[] bias, double epsilon)
    {
        var mean = row.Average();
        var deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + epsilon);
        return row.Select((v, i) => ((v - mean) / deviation * weight[i]) + bias[i]);
    }

    private static double[] Multiply((int[] Shape, double[] Values) x, (int[] Shape, double[] Values) weight, double[]? bias)
    {
        var columns = weight.Shape[1];
        return [.. x.Values.Chunk(columns).SelectMany(row => weight.Values.Chunk(columns).Select((w, o) => row.Zip(w, (a, b) => a * b).Sum() + (bias?[o] ?? 0)))];
    }

    private static double[] Grouped(GroupedLinear linear, (int[] Shape, double[] Values)[] inputs)
    {
        var (x, weight, scales) = (inputs[0], inputs[1], inputs[2]);
        var (columns, groups) = (weight.Shape[1], scales.Shape[1]);
        var real = new double[weight.Values.Length];
        for (var i = 0; i < real.Length; i++)
        {
            var group = (i / columns * groups) + (i % columns / (columns / groups));
            real[i] = scales.Values[group] * (weight.Values[i] - (linear.Scheme.Symmetric ? 0 : inputs[3].Values[group]));
        }

        if (linear.Precision == ActivationPrecision.DynamicInt8)
            x = (x.Shape, [.. x.Values.Chunk(columns).SelectMany(Rounded)]);
        else if (linear.Precision == ActivationPrecision.StaticInt8)
            x = (x.Shape, [.. x.Values.Select(v => linear.InputScale * (Math.Clamp(Math.Round(v / linear.InputScale, MidpointRounding.ToEven) + linear.InputZeroPoint, 0, 255) - linear.InputZeroPoint))]);
        return Multiply(x, (weight.Shape, real), inputs.Length > (linear.Scheme.Symmetric ? 3 : 4) ? inputs[^1].Values : null);
    }

    private static IEnumerable<double> Rounded(double[] token)
    {
        var scale = token.Max(Math.Abs) / 127;
        return token.Select(v => scale * Math.Round(v / scale, MidpointRounding.ToEven));
    }

    private static double[] Attend((int[] Shape, double[] Values)[] inputs, int[] shape)
    {
        var (q, k, v) = (inputs[0], inputs[1], inputs[2]);
        var (length, size, result) = (shape[^2], q.Shape[^1], new List<double>());
        for (var row = 0; row < q.Values.Length / size; row++)
        {
            // Heads of queries and keys are as many here.
            var first = row / length * length;
            var seen = Enumerable.Range(first, (row % length) + 1).ToList();
            var weights = seen.Select(key => Math.Exp(Enumerable.Range(0, size).Sum(i => q.Values[(row * size) + i] * k.Values[(key * size) + i]) / Math.Sqrt(size))).ToList();
            for (var i = 0; i < shape[^1]; i++)
                result.Add(seen.Select((key, n) => weights[n] * v.Values[(key * shape[^1]) + i]).Sum() / weights.Sum());
        }

        return [.. result];
    }
}
