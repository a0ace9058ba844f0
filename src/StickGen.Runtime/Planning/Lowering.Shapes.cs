using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Planning;

/// <content>What moves values, or only looks at them in another shape.</content>
internal sealed partial class Lowering
{
    private void Reshaping(GraphNode node)
    {
        var input = node.Inputs[0];
        var (from, to) = (input.Shape!, node.Output.Shape!);
        var place = stored[input];
        // A channels-last value may be seen in the same shape, or as a matrix of its outermost index, as it is.
        var stays = place.Layout == Layout.RowMajor || from.Equals(to) || (to.Rank == 2 && to[0] == from[0]);
        Alias(node.Output, stays ? place : new(Load(input, Layout.RowMajor), Layout.RowMajor));
    }

    private void Concatenation(GraphNode node, Concat concat)
    {
        var shape = node.Output.Shape!;
        var isImage = shape.Rank == 4 && node.Inputs.Any(i => stored[i].Layout != Layout.RowMajor);
        var axis = concat.Axis < 0 ? concat.Axis + shape.Rank : concat.Axis;
        // The dimensions in the order in which they lie in memory.
        int[] order = isImage ? [0, 2, 3, 1] : [.. Enumerable.Range(0, shape.Rank)];
        var place = Array.IndexOf(order, axis);
        var outer = (int)order[..place].Aggregate(1L, (product, d) => product * shape[d].Size);

        var sources = node.Inputs.Select(i => Load(i, isImage ? ImageLayout(i) : Layout.RowMajor)).ToArray();
        var target = Store(node.Output, isImage ? ImageLayout(node.Output) : Layout.RowMajor);
        var widths = Array.ConvertAll(sources, s => s.Length / outer);
        Emit(sources, node.Output, f =>
        {
            var to = f.Bytes(target);
            for (var o = 0; o < outer; o++)
            {
                for (var i = 0; i < sources.Length; i++)
                {
                    f.Bytes(sources[i]).Slice(o * widths[i], widths[i]).CopyTo(to);
                    to = to[widths[i]..];
                }
            }
        });
    }
}
