namespace StickGen.Planning;

/// <summary>
/// How a value lies in memory. Either row-major, or channels-last: of every outermost index the rest is a matrix
/// [<see cref="Channels"/>, …], of which the transposed is stored. A flattened image keeps the layout of the image, so
/// flattening moves nothing.
/// </summary>
internal readonly record struct Layout
{
    private Layout(int channels) => Channels = channels;

    /// <summary>Row-major.</summary>
    public static Layout RowMajor => default;

    /// <summary>The channels of a channels-last value, or 0.</summary>
    public int Channels { get; }

    /// <summary>Channels-last, or row-major where that is the same.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="positions">What each channel has of elements.</param>
    public static Layout ChannelsLast(int channels, int positions) => new(channels > 1 && positions > 1 ? channels : 0);
}
