using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Half of MNIST: the training or the test images of handwritten digits, 28 × 28, with their labels.</summary>
internal sealed class Mnist
{
    public const int Side = 28, PixelCount = Side * Side;

    private readonly float[] pixels;
    private readonly byte[] labels;

    private Mnist(string imageFile, string labelFile)
    {
        ImageFile = imageFile;
        LabelFile = labelFile;
        var images = IdxFile.Read(imageFile, dimensions: 3);
        labels = IdxFile.Read(labelFile, dimensions: 1).Values;
        if (images.Shape is not [var count, Side, Side])
            throw new InvalidDataException($"'{imageFile}' has the sizes [{string.Join(", ", images.Shape)}]; images of {Side} × {Side} are expected.");
        if (labels.Length != count)
            throw new InvalidDataException($"'{imageFile}' has {count} images, and '{labelFile}' has {labels.Length} labels.");
        if (labels.Max() > 9)
            throw new InvalidDataException($"'{labelFile}' has a label {labels.Max()}; digits are expected.");
        pixels = Array.ConvertAll(images.Values, pixel => pixel / 255f);
    }

    public string ImageFile { get; }

    public string LabelFile { get; }

    public int Count => labels.Length;

    public static Mnist Training(string folder) => new(Find(folder, "train-images-idx3-ubyte"), Find(folder, "train-labels-idx1-ubyte"));

    public static Mnist Test(string folder) => new(Find(folder, "t10k-images-idx3-ubyte"), Find(folder, "t10k-labels-idx1-ubyte"));

    /// <summary>Images [count, 1, 28, 28] with values from 0 to 1, labels [count].</summary>
    public InMemoryDataset ToDataset() =>
        new(tensor(pixels, [Count, 1, Side, Side]), tensor(Array.ConvertAll(labels, label => (long)label)));

    /// <summary>Some images, one after the other, each row by row, from 0 (background) to 1 (ink).</summary>
    public float[] Pixels(int first, int count) => pixels.AsSpan(first * PixelCount, count * PixelCount).ToArray();

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path
            : File.Exists(path + ".gz") ? path + ".gz"
            : throw new FileNotFoundException($"there is neither '{name}' nor '{name}.gz' in '{Path.GetFullPath(folder)}'.");
    }
}
