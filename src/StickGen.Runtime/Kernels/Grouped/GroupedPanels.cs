using System.Runtime.InteropServices;
using StickGen.Deployment;

namespace StickGen.Kernels.Grouped;

/// <summary>
/// Weights of 2, 4 or 8 bits as products read them: in panels of up to eight blocks of eight output rows. A 32-bit lane holds neighbouring inputs of one row, lowest bits
/// first, offset to be unsigned; a vector of eight lanes is a block. A panel has, for each lane's worth of inputs (a chunk), the vectors of its blocks; groups begin with a chunk
/// of their own. So a product reads its weights once, from beginning to end, and each row is summed by a lane of its own.
/// </summary>
internal sealed class GroupedPanels
{
    /// <summary>Rows of a block.</summary>
    public const int BlockRows = 8;

    /// <summary>Blocks of a whole panel.</summary>
    public const int PanelBlocks = 8;

    /// <summary>Rows of a whole panel.</summary>
    public const int PanelRows = PanelBlocks * BlockRows;

    private readonly WeightMemory lanes;

    /// <param name="weights">The weights.</param>
    /// <param name="bits">2, 4 or 8: room for the weights' bits.</param>
    public GroupedPanels(GroupedWeights weights, int bits)
    {
        (Rows, GroupLength, Bits, Groups) = (weights.Rows, weights.GroupLength, bits, weights.Groups);
        PerLane = 32 / bits;
        ChunksPerGroup = (GroupLength + PerLane - 1) / PerLane;
        Blocks = (Rows + BlockRows - 1) / BlockRows;
        lanes = new(checked(Blocks * BlockRows * Groups * ChunksPerGroup));
        Scales = new float[Blocks * BlockRows * Groups];
        ZeroPoints = weights.Scheme.Symmetric ? null : new int[Scales.Length];
        Fill(weights);
    }

    public int Rows { get; }

    /// <summary>Inputs of a group.</summary>
    public int GroupLength { get; }

    public int Groups { get; }

    public int Bits { get; }

    /// <summary>Inputs of a lane.</summary>
    public int PerLane { get; }

    /// <summary>Lanes that the inputs of a group fill.</summary>
    public int ChunksPerGroup { get; }

    /// <summary>Inputs of all groups, each filled up to whole lanes.</summary>
    public int PaddedColumns => Groups * ChunksPerGroup * PerLane;

    public int Blocks { get; }

    public int Panels => (Blocks + PanelBlocks - 1) / PanelBlocks;

    /// <summary>By panel, group and row of the panel.</summary>
    public float[] Scales { get; }

    /// <summary>Like <see cref="Scales"/>; null where all are 0.</summary>
    public int[]? ZeroPoints { get; }

    /// <summary>What is kept in memory, in bytes.</summary>
    public long Bytes => (sizeof(uint) * (long)lanes.Length) + (sizeof(float) * (long)Scales.Length) + (sizeof(int) * (long)(ZeroPoints?.Length ?? 0));

    /// <summary>What makes a field unsigned.</summary>
    public int Offset => 1 << (Bits - 1);

    /// <summary>The blocks of a panel.</summary>
    public int BlocksOf(int panel) => Math.Min(PanelBlocks, Blocks - (panel * PanelBlocks));

    /// <summary>Keeps the lanes until here: they may be memory that no span keeps.</summary>
    public void KeepAlive() => lanes.KeepAlive();

    /// <summary>The lanes of a panel: by group, chunk, block and row of the block. Whoever uses them calls <see cref="KeepAlive"/> afterwards.</summary>
    public ReadOnlySpan<uint> Lanes(int panel)
    {
        var panelLanes = BlockRows * Groups * ChunksPerGroup;
        return lanes.Span.Slice(panel * PanelBlocks * panelLanes, BlocksOf(panel) * panelLanes);
    }

    /// <summary>Where the scales of a panel's group are in <see cref="Scales"/>.</summary>
    public int ScaleIndex(int panel, int group) => BlockRows * ((panel * PanelBlocks * Groups) + (group * BlocksOf(panel)));

    /// <summary>For inputs that all are 1, the sum of each group, less the zero points of the weights: in the order of <see cref="Scales"/>.</summary>
    /// <param name="weights">The weights that these panels have.</param>
    public int[] SumWeights(GroupedWeights weights)
    {
        var sums = new int[Scales.Length];
        for (var row = 0; row < Rows; row++)
        {
            for (var group = 0; group < Groups; group++)
            {
                var index = ScaleIndex(row / PanelRows, group) + (row % PanelRows);
                foreach (var value in weights.Values.Span.Slice((row * weights.Columns) + (group * GroupLength), GroupLength))
                    sums[index] += value;
                sums[index] -= GroupLength * (ZeroPoints?[index] ?? 0);
            }
        }

        return sums;
    }

    private void Fill(GroupedWeights weights)
    {
        for (var row = 0; row < Rows; row++)
        {
            var (panel, rowOfPanel) = (row / PanelRows, row % PanelRows);
            var panelRows = BlocksOf(panel) * BlockRows;
            var panelLanes = lanes.Span.Slice(panel * PanelRows * Groups * ChunksPerGroup, panelRows * Groups * ChunksPerGroup);
            for (var group = 0; group < Groups; group++)
            {
                var source = weights.Values.Span.Slice((row * weights.Columns) + (group * GroupLength), GroupLength);
                for (var i = 0; i < source.Length; i++)
                {
                    var lane = (((group * ChunksPerGroup) + (i / PerLane)) * panelRows) + rowOfPanel;
                    panelLanes[lane] |= (uint)(source[i] + Offset) << (i % PerLane * Bits);
                }

                var index = ScaleIndex(panel, group) + rowOfPanel;
                Scales[index] = weights.Scales.Span[(row * Groups) + group];
                if (ZeroPoints is not null)
                    ZeroPoints[index] = weights.ZeroPoints.Span[(row * Groups) + group];
            }
        }

        KeepAlive();
    }
}
