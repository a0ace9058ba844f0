using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Square images with values from 0 to 1, and the class of each, from 0 to 9.</summary>
internal class ImageSet
{
    private readonly float[] pixels;
    private readonly byte[] labels;

    /// <param name="channels">Of each image.</param>
    /// <param name="side">Height and width of each image.</param>
    /// <param name="pixels">Image by image, each channel by channel and row by row.</param>
    /// <param name="labels">One for each image.</param>
    public ImageSet(int channels, int side, float[] pixels, byte[] labels)
    {
        (Channels, Side, this.pixels, this.labels) = (channels, side, pixels, labels);
        if (pixels.Length != (long)PixelCount * labels.Length)
            throw new ArgumentException($"{pixels.Length} values are not {labels.Length} images of {channels} × {side} × {side}.", nameof(pixels));
    }

    public int Channels { get; }

    public int Side { get; }

    /// <summary>The values of one image.</summary>
    public int PixelCount => Channels * Side * Side;

    public int Count => labels.Length;

    public int Label(int image) => labels[image];

    /// <summary>Some images, one after the other.</summary>
    public float[] Pixels(int first, int count) => pixels.AsSpan(first * PixelCount, count * PixelCount).ToArray();

    /// <summary>Some of the images as a set of their own.</summary>
    public ImageSet Slice(int first, int count) => new(Channels, Side, Pixels(first, count), labels.AsSpan(first, count).ToArray());

    /// <summary>Images [count, channels, side, side], labels [count].</summary>
    public InMemoryDataset ToDataset() =>
        new(tensor(pixels, [Count, Channels, Side, Side]), tensor(Array.ConvertAll(labels, label => (long)label)));
}
