using System.Runtime.CompilerServices;

namespace StickGen.Kernels.Avx2;

/// <summary>Where the inputs of output pixels begin: a step in bytes from column to column, and one from row to row.</summary>
/// <param name="Count">The number of pixels.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="RowStep">In bytes.</param>
/// <param name="ColumnStep">In bytes.</param>
internal readonly record struct PixelGrid(int Count, int Width, nint RowStep, nint ColumnStep);

/// <summary>Goes over a <see cref="PixelGrid"/>.</summary>
internal struct PixelCursor(in PixelGrid grid)
{
    // Rows that follow each other without a gap are one.
    private readonly int width = grid.RowStep == grid.Width * grid.ColumnStep ? int.MaxValue : grid.Width;
    private readonly nint rowStep = grid.RowStep;
    private readonly nint columnStep = grid.ColumnStep;
    private nint row;
    private int column;

    /// <summary>The offset of the current pixel.</summary>
    public nint Offset { get; private set; }

    /// <summary>Goes past four pixels and returns their offsets. If fewer are left it stays at the last, which stands for those that are missing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next(int left, out nint first, out nint second, out nint third, out nint fourth)
    {
        if (left > 4 && column + 4 < width)
        {
            first = Offset;
            second = first + columnStep;
            third = second + columnStep;
            fourth = third + columnStep;
            Offset = fourth + columnStep;
            column += 4;
            return;
        }

        first = left > 1 ? Next() : Offset;
        second = left > 2 ? Next() : Offset;
        third = left > 3 ? Next() : Offset;
        fourth = left > 4 ? Next() : Offset;
    }

    /// <summary>Goes to the next pixel, and returns the offset of the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Next()
    {
        var offset = Offset;
        if (++column == width)
        {
            column = 0;
            row += rowStep;
            Offset = row;
        }
        else
        {
            Offset += columnStep;
        }

        return offset;
    }
}
