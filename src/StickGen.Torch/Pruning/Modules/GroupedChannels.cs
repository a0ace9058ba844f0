using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Input and output channels of layers that compute in groups.</summary>
internal static class GroupedChannels
{
    /// <summary>Ties what has to go together for the groups to stay of one size.</summary>
    public static void Tie(ChannelSets sets, ChannelAxis inputs, ChannelAxis outputs, int groups)
    {
        if (groups == 1)
            return;
        var (i, o) = (inputs.Size / groups, outputs.Size / groups);
        if (groups >= Math.Max(i, o))
        {
            for (var g = 0; g < groups; g++)
            {
                Together(inputs.Ids[(g * i)..((g + 1) * i)], inputs.Ids[g * i]);
                Together(outputs.Ids[(g * o)..((g + 1) * o)], inputs.Ids[g * i]);
            }
        }
        else
        {
            for (var g = 1; g < groups; g++)
            {
                sets.Tie(inputs.Ids[..i], inputs.Ids.AsSpan(g * i, i));
                sets.Tie(outputs.Ids[..o], outputs.Ids.AsSpan(g * o, o));
            }
        }

        void Together(int[] ids, int with)
        {
            foreach (var id in ids)
                sets.Tie(with, id);
        }
    }

    /// <summary>The matrix with one row a channel of a weight that has, along a dimension, the channels of one group.</summary>
    public static Tensor Rows(Tensor weight, int groups, long channels, int dimension)
    {
        if (groups == 1)
            return weight.movedim([dimension], [0]).reshape(channels, -1);
        // [groups × rows, channels of a group, …] → [groups, rows, channels of a group, …].
        var parts = weight.unflatten(0, groups, weight.shape[0] / groups);
        return parts.transpose(1, 2).reshape(channels, -1);
    }

    /// <summary>The groups that are left, and the channels kept in each.</summary>
    /// <exception cref="InvalidOperationException">The groups would not be of one size.</exception>
    public static (int Groups, List<(long[] Inputs, long[] Outputs)> Parts) Kept(
        long[] keptInputs, ChannelAxis inputs, long[] keptOutputs, ChannelAxis outputs, int groups)
    {
        if (groups == 1)
            return (1, [(keptInputs, keptOutputs)]);
        var (i, o) = (inputs.Size / groups, outputs.Size / groups);
        var parts = new List<(long[] Inputs, long[] Outputs)>();
        for (var g = 0; g < groups; g++)
        {
            var part = (In(keptInputs, g * i, i), In(keptOutputs, g * o, o));
            if (part.Item1.Length > 0 || part.Item2.Length > 0)
                parts.Add(part);
        }

        return parts.TrueForAll(p => p.Inputs.Length == parts[0].Inputs.Length && p.Outputs.Length == parts[0].Outputs.Length)
            ? (Math.Max(1, parts.Count), parts)
            : throw new InvalidOperationException($"The groups of '{inputs.Path}' would not be of one size.");
    }

    /// <summary>The kept part of a weight [rows, columns of one group, …].</summary>
    public static Tensor Slice(Tensor weight, long[] keptColumns, ChannelAxis columns, long[] keptRows, ChannelAxis rows, int groups)
    {
        var (c, r) = (columns.Size / groups, rows.Size / groups);
        var (_, parts) = Kept(keptColumns, columns, keptRows, rows, groups);
        var slices = new List<Tensor>();
        foreach (var (keptC, keptR) in parts)
        {
            slices.Add(weight
                .index_select(0, tensor(keptR, device: weight.device))
                .index_select(1, tensor(Array.ConvertAll(keptC, k => k % c), device: weight.device)));
        }

        return cat(slices, 0);
    }

    private static long[] In(long[] kept, int start, int count) => Array.FindAll(kept, k => k >= start && k < start + count);
}
