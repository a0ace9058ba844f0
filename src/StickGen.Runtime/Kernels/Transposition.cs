namespace StickGen.Kernels;

/// <summary>Transposition of matrices of any element, in blocks that stay in cache.</summary>
internal static class Transposition
{
    private const int Block = 32;

    public static void Run<T>(ReadOnlySpan<T> source, Span<T> target, int matrices, int rows, int columns)
        where T : unmanaged
    {
        var size = rows * columns;
        for (var m = 0; m < matrices; m++)
        {
            var from = source.Slice(m * size, size);
            var to = target.Slice(m * size, size);
            for (var top = 0; top < rows; top += Block)
            {
                var bottom = Math.Min(top + Block, rows);
                for (var left = 0; left < columns; left += Block)
                {
                    var right = Math.Min(left + Block, columns);
                    for (var column = left; column < right; column++)
                    {
                        for (var row = top; row < bottom; row++)
                            to[(column * rows) + row] = from[(row * columns) + column];
                    }
                }
            }
        }
    }
}
