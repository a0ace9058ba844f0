using StickGen.Compression;
using StickGen.Graphs;

namespace StickGen.Pruning;

/// <summary>One node while channels are followed through the graph: what its rule reads and ties.</summary>
internal sealed class FlowStep(ChannelSets sets, TracedNode node, ChannelLayout[] inputs)
{
    public ChannelSets Sets { get; } = sets;

    public TracedNode Node { get; } = node;

    /// <summary>The layouts of the tensor operands.</summary>
    public ChannelLayout[] Inputs { get; } = inputs;

    public string Name => Node.Name;

    /// <summary>The shape of a tensor operand, if known.</summary>
    public Shape? ShapeOf(int input) => Node.Inputs[input].Shape;

    /// <summary>The shape of the result, if known.</summary>
    public Shape? OutputShape => Node.Output.Shape;

    /// <summary>
    /// The channel of each position along one dimension, or <see langword="null"/> if it has none. Where the dimension shares a block
    /// with others, positions that differ in those alone are tied, and only this dimension keeps its channels.
    /// </summary>
    public int[]? Along(int input, int dim)
    {
        Inputs[input] = Only(Inputs[input], dim);
        return Inputs[input].BlockOf(dim)?.Ids;
    }

    /// <summary>The layout after which a dimension shares its channels with no other.</summary>
    public ChannelLayout Only(ChannelLayout layout, int dim)
    {
        if (layout.BlockOf(dim) is not { } block || block.Dims.Length == 1)
            return layout;
        var ids = new List<int>();
        foreach (var position in block.PositionsAlong(dim))
        {
            foreach (var channel in position)
                Sets.Tie(position[0], channel);
            ids.Add(position[0]);
        }

        return layout.Without(b => b == block).With(ChannelBlock.Of(dim, [.. ids]));
    }

    /// <summary>Makes each block of a layout one that a smaller tensor can have: of its dimensions the longest keeps channels.</summary>
    public ChannelLayout Rectangular(ChannelLayout layout, ChannelBlock block) =>
        Only(layout, block.Dims[Array.IndexOf(block.Sizes, block.Sizes.Max())]);

    /// <summary>Freezes all channels of a block.</summary>
    public void Freeze(ChannelBlock block, string reason) => Sets.Freeze(block.Ids, reason);

    /// <summary>Freezes all channels of all operands, for a node that is not understood; its result has none.</summary>
    public ChannelLayout FreezeAll(string reason)
    {
        foreach (var block in Inputs.SelectMany(i => i.Blocks))
            Freeze(block, reason);
        return ChannelLayout.None(reason);
    }
}
