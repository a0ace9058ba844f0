using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Turns, scales and shifts each image a little, as people write.</summary>
internal static class Augmentation
{
    private const double Turn = 10 * Math.PI / 180, Scale = 0.1, Shift = 2 / 14.0;

    /// <summary>Images [N, 1, 28, 28]: up to 10° either way, 10% larger or smaller, two pixels in any direction.</summary>
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
}
