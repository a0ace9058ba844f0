using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;

namespace StickGen.Planning;

/// <content>What decoders of text have: embeddings, attention, linear layers with integers in groups.</content>
internal sealed partial class Lowering
{
    /// <summary>How long texts in a cache are taken to be where steps are divided into parts: their length is not known then.</summary>
    private const int TypicalLength = 256;

    /// <summary>Rows of a table, which stays where it is. Tokens were checked before.</summary>
    private void Embedding(GraphNode node)
    {
        var source = Load(node.Inputs[0], Layout.RowMajor);
        var target = Store(node.Output, Layout.RowMajor);
        var table = node.Inputs[1];
        var (data, rowBytes) = (table.Data, (int)table.Shape![1].Size * sizeof(float));
        Emit([source], node.Output, f =>
        {
            var rows = data.Span;
            var result = f.Bytes(target);
            foreach (var token in f.Integers(source))
            {
                rows.Slice(token * rowBytes, rowBytes).CopyTo(result);
                result = result[rowBytes..];
            }
        });
    }

    private void GroupedLayer(GraphNode node, GroupedLinear linear)
    {
        var source = Load(node.Inputs[0], Layout.RowMajor);
        var target = Store(node.Output, Layout.RowMajor);
        var matrix = weights.Grouped(node, linear);
        var bias = node.Inputs.Count > 1 + linear.Weights ? MemoryMarshal.Cast<byte, float>(node.Inputs[^1].Data.Span).ToArray() : [];
        var (precision, rows) = (linear.Precision, matrix.Rows);
        // A byte of weights takes about as long as a byte of values that are gone over.
        var parts = (int)Math.Min(matrix.Parts, PartsOf(Elements(node.Inputs[0]) * rows * linear.Scheme.Bits / 8));
        var scratch = Array.ConvertAll(new int[parts], _ => Allocate((long)matrix.MemoryLength * sizeof(float), node.Name));
        Emit([source, .. scratch], node.Output, parts, (f, part) =>
        {
            var result = f.Floats(target);
            matrix.MultiplyPart(f.Floats(source), result, precision, part, f.Floats(scratch[part.Index]));
            if (bias.Length == 0)
                return;
            var (first, end) = matrix.RowsOf(part);
            for (var start = 0; start < result.Length; start += rows)
            {
                for (var i = first; i < end; i++)
                    result[start + i] += bias[i];
            }
        });
    }

    private void Attention(GraphNode node, bool isCausal)
    {
        var (query, key, value) = (Load(node.Inputs[0], Layout.RowMajor), Load(node.Inputs[1], Layout.RowMajor), Load(node.Inputs[2], Layout.RowMajor));
        var target = Store(node.Output, Layout.RowMajor);
        var (sizes, keySizes, valueSizes) = (Sizes(node.Inputs[0]), Sizes(node.Inputs[1]), Sizes(node.Inputs[2]));
        var (rows, size, keys, valueSize) = (sizes[^2], sizes[^1], keySizes[^2], valueSizes[^1]);
        var shared = sizes.Length < 3 ? 1 : sizes[^3] / keySizes[^3];
        if (!keySizes.AsSpan(..^2).SequenceEqual(valueSizes.AsSpan(..^2)) || (sizes.Length >= 3 && (sizes[^3] % keySizes[^3] != 0 || !sizes.AsSpan(..^3).SequenceEqual(keySizes.AsSpan(..^3)))))
            throw new ArgumentException($"'{node.Name}' reads queries {node.Inputs[0]}, keys {node.Inputs[1]} and values {node.Inputs[2]}, which do not belong to each other.");
        var scale = Scale(size);
        var count = Product(sizes[..^1]);
        var parts = AttentionParts(count, keys, size);
        var scratch = Array.ConvertAll(new int[parts], _ => Allocate((long)keys * sizeof(float), node.Name));
        Emit([query, key, value, .. scratch], node.Output, parts, (f, part) =>
        {
            var (first, end) = part.Of(count);
            for (var row = first; row < end; row++)
            {
                var (matrix, position) = Math.DivRem(row, rows);
                matrix /= shared;
                Kernels.Float.Attention.Run(
                    f.Floats(query).Slice(row * size, size),
                    new WholeRows(f.Floats(key).Slice(matrix * keys * size, keys * size), size),
                    new WholeRows(f.Floats(value).Slice(matrix * keys * valueSize, keys * valueSize), valueSize),
                    isCausal ? Math.Min(position + 1, keys) : keys, scale, f.Floats(scratch[part.Index]), f.Floats(target).Slice(row * valueSize, valueSize));
            }
        });
    }

    private void CachedAttention(GraphNode node, int layer)
    {
        var (query, key, value) = (Load(node.Inputs[0], Layout.RowMajor), Load(node.Inputs[1], Layout.RowMajor), Load(node.Inputs[2], Layout.RowMajor));
        var target = Store(node.Output, Layout.RowMajor);
        // Written as a step of its own: every query reads all of them.
        Emit([key, value], target, 1, (f, _) => f.Cache[layer].Append(f.Floats(key), f.Floats(value), f.Cache.Count, kernels));
        var (sizes, keySizes, valueSize) = (Sizes(node.Inputs[0]), Sizes(node.Inputs[1]), Sizes(node.Inputs[2])[^1]);
        var (rows, size) = (sizes[^2], sizes[^1]);
        var shared = sizes.Length < 3 ? 1 : sizes[^3] / keySizes[^3];
        var scale = Scale(size);
        var count = Product(sizes[..^1]);
        Emit([query], node.Output, AttentionParts(count, TypicalLength, size), (f, part) =>
        {
            var (first, end) = part.Of(count);
            for (var row = first; row < end; row++)
            {
                var (head, position) = Math.DivRem(row, rows);
                f.Cache[layer].Attend(
                    f.Floats(query).Slice(row * size, size), head / shared, f.Cache.Count + position + 1, scale, f.Cache.Scores(part.Index),
                    f.Floats(target).Slice(row * valueSize, valueSize));
            }
        });
    }

    /// <summary>Rows of a table, which stays where it is.</summary>
    private void Position(GraphNode node, int axis)
    {
        var target = Store(node.Output, Layout.RowMajor);
        var (data, sizes) = (node.Inputs[0].Data, Sizes(node.Inputs[0]));
        var inner = Product(sizes[(axis + 1)..]) * sizeof(float);
        var (outer, whole, part) = (Product(sizes[..axis]), sizes[axis] * inner, Sizes(node.Output)[axis] * inner);
        Emit([], node.Output, f =>
        {
            for (var i = 0; i < outer; i++)
                data.Span.Slice((i * whole) + (f.Cache.Count * inner), part).CopyTo(f.Bytes(target)[(i * part)..]);
        });
    }

    /// <summary>Keys and values are gone over once for each query.</summary>
    private int AttentionParts(int queries, int keys, int size) => Math.Min(queries, PartsOf((long)queries * keys * size * sizeof(float) / 2));

    /// <summary>1 / √size.</summary>
    private static float Scale(int size) => (float)(1 / Math.Sqrt(size));
}
