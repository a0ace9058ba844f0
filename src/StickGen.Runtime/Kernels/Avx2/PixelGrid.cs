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
    private readonly int width = grid.Width;
    private readonly nint rowStep = grid.RowStep;
    private readonly nint columnStep = grid.ColumnStep;
    private nint row;
    private int column;

    /// <summary>The offset of the current pixel.</summary>
    public nint Offset { get; private set; }

    /// <summary>Goes to the next pixel, and returns the offset of the one before.</summary>
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
