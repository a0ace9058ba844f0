using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Planning;

/// <content>What moves, repeats or selects values: copies along strides, from whatever layout the source has.</content>
internal sealed partial class Lowering
{
    private void Permutation(GraphNode node, Permute permute)
    {
        if (MovesNothing(node, permute))
        {
            Alias(node.Output, stored[node.Inputs[0]]);
            return;
        }

        var (source, from) = LoadStrided(node.Inputs[0]);
        var (target, to) = StoreLike(node);
        var sizes = Sizes(node.Output);
        var order = permute.Order.Select(axis => ShapeChecks.Axis(node.Inputs[0].Shape!, axis)).ToArray();
        EmitCopy(node, source, target, new(sizes.Select((size, i) => (size, from[order[i]], to[i]))));
    }

    /// <summary>Whether only dimensions of size 1 change places, as where one token is read.</summary>
    private bool MovesNothing(GraphNode node, Permute permute)
    {
        var sizes = Sizes(node.Inputs[0]);
        var order = permute.Order.Select(axis => ShapeChecks.Axis(node.Inputs[0].Shape!, axis)).Where(axis => sizes[axis] > 1).ToArray();
        return stored[node.Inputs[0]].Layout == Layout.RowMajor && order.SequenceEqual(order.Order());
    }

    private void Slicing(GraphNode node, Slice slice)
    {
        var (source, from) = LoadStrided(node.Inputs[0]);
        var (target, to) = StoreLike(node);
        var sizes = Sizes(node.Output);
        var axis = ShapeChecks.Axis(node.Inputs[0].Shape!, slice.Axis);
        var start = (int)(slice.Start < 0 ? slice.Start + node.Inputs[0].Shape![axis].Size : slice.Start);
        EmitCopy(
            node, source, target, new(sizes.Select((size, i) => (size, i == axis ? from[i] * (int)slice.Step : from[i], to[i])), start * from[axis]));
    }

    private void Selection(GraphNode node, Select select)
    {
        var (source, from) = LoadStrided(node.Inputs[0]);
        var (target, to) = StoreLike(node);
        var sizes = Sizes(node.Output);
        var axis = ShapeChecks.Axis(node.Inputs[0].Shape!, select.Axis);
        var index = (int)(select.Index < 0 ? select.Index + node.Inputs[0].Shape![axis].Size : select.Index);
        EmitCopy(node, source, target, new(sizes.Select((size, i) => (size, from[i < axis ? i : i + 1], to[i])), index * from[axis]));
    }

    private void Expansion(GraphNode node)
    {
        var (source, from) = LoadStrided(node.Inputs[0]);
        var (target, to) = StoreLike(node);
        var steps = Broadcast(from, Sizes(node.Inputs[0]), node.Output.Shape!.Rank);
        EmitCopy(node, source, target, new(Sizes(node.Output).Select((size, i) => (size, steps[i], to[i]))));
    }

    private void Repetition(GraphNode node, RepeatInterleave repeat)
    {
        var (source, from) = LoadStrided(node.Inputs[0]);
        var (target, to) = StoreLike(node);
        var axis = ShapeChecks.Axis(node.Inputs[0].Shape!, repeat.Axis);
        var (sizes, repeats) = (Sizes(node.Inputs[0]), (int)repeat.Repeats);
        EmitCopy(
            node, source, target,
            new(sizes.Select((size, i) => (size, from[i], i == axis ? to[i] * repeats : to[i])).Append((repeats, 0, to[axis]))));
    }

    private void Upsampling(GraphNode node, Upsample upsample)
    {
        var (source, from) = LoadStrided(node.Inputs[0]);
        var layout = ImageLayout(node.Output);
        var target = Store(node.Output, layout);
        var to = Strides(node.Output, layout)!;
        var sizes = Sizes(node.Inputs[0]);
        var (rows, columns) = (upsample.Factor.Height, upsample.Factor.Width);
        EmitCopy(node, source, target, new(
        [
            (sizes[0], from[0], to[0]), (sizes[1], from[1], to[1]),
            (sizes[2], from[2], to[2] * rows), (rows, 0, to[2]),
            (sizes[3], from[3], to[3] * columns), (columns, 0, to[3]),
        ]));
    }

    /// <summary>A constant as a value: its bytes are copied into the memory that the model runs in.</summary>
    private void Constant(GraphNode node)
    {
        var target = Store(node.Output, Layout.RowMajor);
        var data = node.Inputs[0].Data;
        Emit([], node.Output, f => data.Span.CopyTo(f.Bytes(target)));
    }

    private void EmitCopy(GraphNode node, Buffer source, Buffer target, Walk walk)
    {
        if (node.Output.Type == ElementType.Float32)
            Emit([source], node.Output, f => walk.Copy<float>(f.Floats(source), f.Floats(target)));
        else
            Emit([source], node.Output, f => walk.Copy<byte>(f.Bytes(source), f.Bytes(target)));
    }

    /// <summary>Where a value lies, in any layout that strides describe.</summary>
    private (Buffer Buffer, int[] Strides) LoadStrided(GraphValue value)
    {
        var (buffer, layout) = stored[value];
        return Strides(value, layout) is { } strides
            ? (buffer, strides)
            : (Load(value, Layout.RowMajor), Strides(value, Layout.RowMajor)!);
    }

    /// <summary>Room for a result: an image is stored as one if its source was.</summary>
    private (Buffer Buffer, int[] Strides) StoreLike(GraphNode node)
    {
        var isImage = node.Output.Shape!.Rank == 4 && node.Inputs.Any(i => stored[i].Layout != Layout.RowMajor);
        var layout = isImage ? ImageLayout(node.Output) : Layout.RowMajor;
        return (Store(node.Output, layout), Strides(node.Output, layout)!);
    }

    /// <summary>
    /// The distances of neighbours in each dimension, or <see langword="null"/> where the dimensions are not those that the
    /// layout was made for.
    /// </summary>
    private static int[]? Strides(GraphValue value, Layout layout)
    {
        var sizes = Sizes(value);
        var strides = new int[sizes.Length];
        var step = 1;
        for (var i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= sizes[i];
        }

        if (layout == Layout.RowMajor)
            return strides;
        if (sizes.Length < 3 || sizes[1] != layout.Channels)
            return null;
        strides[1] = 1;
        for (var i = 2; i < strides.Length; i++)
            strides[i] *= layout.Channels;
        return strides;
    }

    /// <summary>The strides of a value that is repeated along missing dimensions and those of size 1.</summary>
    private static int[] Broadcast(int[] strides, int[] sizes, int rank)
    {
        var result = new int[rank];
        for (var i = 1; i <= sizes.Length; i++)
            result[^i] = sizes[^i] == 1 ? 0 : strides[^i];
        return result;
    }

    private static int[] Sizes(GraphValue value) => [.. value.Shape!.Select(d => (int)d.Size)];
}
