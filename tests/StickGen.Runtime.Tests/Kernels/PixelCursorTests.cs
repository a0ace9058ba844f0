using StickGen.Kernels.Avx2;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Tiles read the pixels of a grid, each once, and none that is not there.</summary>
public sealed class PixelCursorTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Tiles_go_over_a_grid_and_not_beyond(int tile)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (width, height, step) = (random.Next(1, 20), random.Next(1, 5), random.Next(1, 9));
            // Some rows follow each other without a gap.
            var rowStep = (width * step) + (random.Next(2) * random.Next(50));
            var grid = new PixelGrid(width * height, width, rowStep, step);
            var cursor = new PixelCursor(grid);
            for (var left = grid.Count; left > 1; left -= tile)
            {
                for (var i = 0; i < tile; i += 4)
                {
                    cursor.Next(left - i, out var first, out var second, out var third, out var fourth);
                    foreach (var (offset, j) in new[] { first, second, third, fourth }.Select((offset, j) => (offset, i + j)))
                    {
                        var pixel = grid.Count - left + Math.Min(j, left - 1);
                        Assert.Equal((pixel / width * rowStep) + (pixel % width * step), offset);
                    }
                }

                if (left == tile + 1)
                    Assert.Equal(((height - 1) * rowStep) + ((width - 1) * step), cursor.Offset);
            }
        }
    }
}
