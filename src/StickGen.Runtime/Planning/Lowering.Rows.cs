using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;
using StickGen.Quantization;
using StickGen.Validation;

namespace StickGen.Planning;

/// <content>Matrix products of values, softmax and normalization.</content>
internal sealed partial class Lowering
{
    private void MatrixProduct(GraphNode node)
    {
        var (left, right) = (Load(node.Inputs[0], Layout.RowMajor), Load(node.Inputs[1], Layout.RowMajor));
        var target = Store(node.Output, Layout.RowMajor);
        var (leftSizes, rightSizes, sizes) = (Sizes(node.Inputs[0]), Sizes(node.Inputs[1]), Sizes(node.Output));
        var (rows, inner, columns) = (leftSizes[^2], leftSizes[^1], rightSizes[^1]);
        if (node.Output.Quantization is not null && inner > Limits.MatMulInner)
            throw new ArgumentException($"The product '{node.Name}' has sums of {inner} terms; at most {Limits.MatMulInner} fit an int32.");
        var count = Product(sizes[..^2]);
        var (leftMatrices, rightMatrices) = (new BroadcastMatrices(leftSizes, sizes), new BroadcastMatrices(rightSizes, sizes));
        var parts = (int)Math.Min(count, PartsOf((long)count * rows * inner * columns / 16));
        if (node.Output.Quantization is null)
        {
            Emit([left, right], node.Output, parts, (f, part) =>
            {
                var (first, end) = part.Of(count);
                for (var i = first; i < end; i++)
                {
                    FloatRows.MatMul(
                        f.Floats(left).Slice(leftMatrices.Number(i) * rows * inner, rows * inner),
                        f.Floats(right).Slice(rightMatrices.Number(i) * inner * columns, inner * columns),
                        f.Floats(target).Slice(i * rows * columns, rows * columns),
                        rows, inner, columns);
                }
            });
            return;
        }

        var (a, b, output) = (node.Inputs[0].Quantization!, node.Inputs[1].Quantization!, node.Output.Quantization!);
        var definition = new MatMulDefinition(
            rows, inner, columns, a.ZeroPoint, b.ZeroPoint, Requantization.Multiplier(a.Scale, b.Scale, output.Scale), Range(output));
        var scratchBytes = kernels.MatMulScratchBytes(rows, inner, columns);
        var scratch = Array.ConvertAll(new int[parts], _ => Allocate(scratchBytes, node.Name));
        Emit([left, right, .. scratch], node.Output, parts, (f, part) =>
        {
            var (first, end) = part.Of(count);
            for (var i = first; i < end; i++)
            {
                kernels.MatMul(
                    f.Bytes(left).Slice(leftMatrices.Number(i) * rows * inner, rows * inner),
                    f.Bytes(right).Slice(rightMatrices.Number(i) * inner * columns, inner * columns),
                    f.Bytes(target).Slice(i * rows * columns, rows * columns),
                    f.Bytes(scratch[part.Index]),
                    definition);
            }
        });
    }

    private void SoftmaxRows(GraphNode node)
    {
        var source = Load(node.Inputs[0], Layout.RowMajor);
        var target = Store(node.Output, Layout.RowMajor);
        var length = (int)node.Output.Shape![-1].Size;
        if (node.Output.Quantization is null)
        {
            Emit([source], node.Output, f => FloatRows.Softmax(f.Floats(source), f.Floats(target), length));
            return;
        }

        var table = MemoryMarshal.Cast<byte, int>(node.Inputs[1].Data.Span).ToArray();
        var range = Range(node.Output.Quantization!);
        Emit([source], node.Output, f => kernels.Softmax(f.Bytes(source), f.Bytes(target), length, table, range));
    }

    private void RowNormalization(GraphNode node, Normalize normalize)
    {
        var input = node.Inputs[0];
        var sizes = Sizes(input);
        if (input.Quantization is null)
        {
            FloatNormalization(node, normalize, Product(sizes[^normalize.Size..]));
            return;
        }

        var (groups, positions, length) = normalize.Function switch
        {
            "layer_norm" => (1, 1, Product(sizes[^normalize.Size..])),
            _ => (normalize.Size, Product(sizes[2..]), Product(sizes[1..]) / normalize.Size),
        };
        if (length > Limits.NormalizedElements)
            throw new ArgumentException($"'{node.Name}' normalizes {length} elements at once; at most {Limits.NormalizedElements} are supported.");
        var (scale, range) = (input.Quantization!.Scale, Range(node.Output.Quantization!));
        var parameters = groups * (length / positions);
        var factors = Parameters(node, 1, parameters, 1f, range.Scale);
        var offsets = Parameters(node, 2, parameters, 0f, range.Scale);
        var definition = new NormalizationDefinition(
            length, groups, positions, input.Quantization.ZeroPoint, Requantization.StepEpsilon(normalize.Epsilon, length, scale), range);
        var source = Load(input, Layout.RowMajor);
        var target = Store(node.Output, Layout.RowMajor);
        Emit([source], node.Output, f => kernels.Normalize(f.Bytes(source), f.Bytes(target), factors, offsets, definition));
    }

    private void FloatNormalization(GraphNode node, Normalize normalize, int length)
    {
        var source = Load(node.Inputs[0], Layout.RowMajor);
        var target = Store(node.Output, Layout.RowMajor);
        var factors = node.Inputs.Count > 1 ? MemoryMarshal.Cast<byte, float>(node.Inputs[1].Data.Span).ToArray() : [];
        var offsets = node.Inputs.Count > 2 ? MemoryMarshal.Cast<byte, float>(node.Inputs[2].Data.Span).ToArray() : [];
        var epsilon = (float)normalize.Epsilon;
        Emit([source], node.Output, f => FloatRows.Normalize(f.Floats(source), f.Floats(target), factors, offsets, length, epsilon));
    }

    /// <summary>γ or β in steps of the result.</summary>
    private static float[] Parameters(GraphNode node, int input, int count, float missing, float scale)
    {
        var parameters = new float[count];
        if (node.Inputs.Count > input)
            MemoryMarshal.Cast<byte, float>(node.Inputs[input].Data.Span).CopyTo(parameters);
        else
            Array.Fill(parameters, missing);
        return Array.ConvertAll(parameters, p => p / scale);
    }
}
