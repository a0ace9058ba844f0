using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Changes of training images that leave their class what it is.</summary>
internal static class Augmentation
{
    private const double Turn = 10 * Math.PI / 180, Scale = 0.1, Shift = 2 / 14.0;

    /// <summary>
    /// Turns, scales and shifts each image a little, as people write. Images [N, 1, 28, 28]: up to 10° either way, 10% larger
    /// or smaller, two pixels in any direction.
    /// </summary>
    public static Batch Distort(Batch batch, Generator random)
    {
        using var scope = NewDisposeScope();
        var angle = Draw(Turn);
        var scale = Draw(Scale) + 1;
        var (cosine, sine) = (angle.cos() * scale, angle.sin() * scale);
        var transform = stack([stack([cosine, -sine, Draw(Shift)], 1), stack([sine, cosine, Draw(Shift)], 1)], 1);
        var grid = nn.functional.affine_grid(transform, batch.Input.shape, align_corners: false);
        var images = nn.functional.grid_sample(batch.Input, grid, align_corners: false);
        return batch.WithInput(images.MoveToOuterDisposeScope());

        Tensor Draw(double range) => (rand(batch.Count, generator: random) - 0.5) * (2 * range);
    }

    /// <summary>
    /// Shifts each image by up to <paramref name="padding"/> pixels in both directions, with zeros where there was nothing, and
    /// mirrors every other one left to right: for photographs, whose class neither changes. Images [N, C, H, W].
    /// </summary>
    public static Batch CropAndFlip(Batch batch, Generator random, int padding)
    {
        using var scope = NewDisposeScope();
        var (count, channels, height, width) = (batch.Count, batch.Input.shape[1], batch.Input.shape[2], batch.Input.shape[3]);
        var padded = nn.functional.pad(batch.Input, [padding, padding, padding, padding]);
        var (top, left) = (Draw(2 * padding + 1), Draw(2 * padding + 1));
        var columns = where(Draw(2).to_type(ScalarType.Bool), width - 1 - arange(width), arange(width));
        // The place of each new pixel in its padded image: [N, H, W].
        var place = ((top + arange(height)).unsqueeze(2) * (width + 2 * padding)) + (left + columns).unsqueeze(1);
        place = place.view(count, 1, height * width).expand(count, channels, height * width);
        var images = padded.flatten(2).gather(2, place).view(batch.Input.shape);
        return batch.WithInput(images.MoveToOuterDisposeScope());

        // [N, 1]
        Tensor Draw(int choices) => randint(choices, [count, 1], dtype: ScalarType.Int64, generator: random);
    }
}
