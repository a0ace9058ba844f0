using StickGen.Operations;

namespace StickGen.Kernels;

/// <summary>The sizes of a pool: of the images, and the windows in each direction.</summary>
internal readonly record struct MaxPoolGeometry(
    int Images, int Height, int Width, int Channels, int OutputHeight, int OutputWidth, Window Window);

/// <summary>
/// The sizes of a pool: of the images, and the windows in each direction. Sums are divided by the divisor, or, if it is 0,
/// by the number of values.
/// </summary>
internal readonly record struct MeanPoolGeometry(int Images, int Channels, MeanAxis Rows, MeanAxis Columns, int Divisor);

/// <summary>The scales and integers of a mean.</summary>
internal readonly record struct MeanPoolScales(float InputScale, int InputZeroPoint, IntegerRange Output);

/// <summary>
/// The windows of a mean in one direction: sliding, or, if <paramref name="Kernel"/> is 0, a fixed number that covers
/// the input.
/// </summary>
internal readonly record struct MeanAxis(int Input, int Output, int Kernel, int Stride, int Padding, bool CountPadding)
{
    /// <summary>Where a window begins and ends within the input, and how many values it counts as.</summary>
    public (int Begin, int End, int Count) Window(int index)
    {
        if (Kernel == 0)
        {
            var first = (int)((long)index * Input / Output);
            var last = (int)(((((long)index + 1) * Input) + Output - 1) / Output);
            return (first, last, last - first);
        }

        // As in PyTorch: padding counts up to the declared padding, not what ceil_mode adds after it.
        var begin = (index * Stride) - Padding;
        var end = Math.Min(begin + Kernel, Input + Padding);
        var (inside, outside) = (Math.Max(begin, 0), Math.Min(end, Input));
        return (inside, outside, CountPadding ? end - begin : outside - inside);
    }
}
