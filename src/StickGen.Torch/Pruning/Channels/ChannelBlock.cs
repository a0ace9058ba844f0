namespace StickGen.Pruning;

/// <summary>
/// Dimensions of a value along which its elements belong to channels: one, as dimension 1 of an image, or several where a
/// dimension was split, as into heads and features of a head.
/// </summary>
/// <param name="Dims">The dimensions.</param>
/// <param name="Sizes">Their sizes.</param>
/// <param name="Ids">The channel of each position, row-major over <paramref name="Dims"/> in the given order.</param>
internal sealed record ChannelBlock(int[] Dims, int[] Sizes, int[] Ids)
{
    /// <summary>A block of one dimension.</summary>
    public static ChannelBlock Of(int dim, int[] ids) => new([dim], [ids.Length], ids);

    /// <summary>The block with its dimensions renamed.</summary>
    public ChannelBlock Rename(Func<int, int> name) => this with { Dims = Array.ConvertAll(Dims, d => name(d)) };

    /// <summary>The lists of the channels that a dimension has at each of its positions.</summary>
    public IEnumerable<List<int>> PositionsAlong(int dim)
    {
        var axis = Array.IndexOf(Dims, dim);
        var inner = 1;
        for (var i = axis + 1; i < Sizes.Length; i++)
            inner *= Sizes[i];
        for (var position = 0; position < Sizes[axis]; position++)
        {
            var channels = new List<int>();
            for (var i = 0; i < Ids.Length; i++)
            {
                if (i / inner % Sizes[axis] == position)
                    channels.Add(Ids[i]);
            }

            yield return channels;
        }
    }

    /// <summary>The channels in the order of other dimensions, which are the same ones in another order.</summary>
    public int[] InOrderOf(int[] dims)
    {
        if (dims.AsSpan().SequenceEqual(Dims))
            return Ids;
        var strides = new int[Dims.Length];
        for (int i = Dims.Length - 1, stride = 1; i >= 0; stride *= Sizes[i--])
            strides[i] = stride;
        var order = Array.ConvertAll(dims, d => Array.IndexOf(Dims, d));
        var result = new int[Ids.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var (rest, source) = (i, 0);
            for (var j = order.Length - 1; j >= 0; j--)
            {
                source += rest % Sizes[order[j]] * strides[order[j]];
                rest /= Sizes[order[j]];
            }

            result[i] = Ids[source];
        }

        return result;
    }
}
