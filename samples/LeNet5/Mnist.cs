using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Half of MNIST: the training or the test images of handwritten digits, 28 × 28, with their labels.</summary>
internal sealed class Mnist
{
    private const int Side = 28;

    private Mnist(string imageFile, string labelFile)
    {
        ImageFile = imageFile;
        LabelFile = labelFile;
        var images = IdxFile.Read(imageFile, dimensions: 3);
        var labels = IdxFile.Read(labelFile, dimensions: 1);
        if (images.Shape is not [var count, Side, Side])
            throw new InvalidDataException($"'{imageFile}' has the sizes [{string.Join(", ", images.Shape)}]; images of {Side} × {Side} are expected.");
        if (labels.Shape[0] != count)
            throw new InvalidDataException($"'{imageFile}' has {count} images, and '{labelFile}' has {labels.Shape[0]} labels.");
        if (labels.Values.Max() > 9)
            throw new InvalidDataException($"'{labelFile}' has a label {labels.Values.Max()}; digits are expected.");
        Images = images.Values;
        Labels = labels.Values;
    }

    public string ImageFile { get; }

    public string LabelFile { get; }

    /// <summary>[count, 28, 28], 0 is the background.</summary>
    public byte[] Images { get; }

    public byte[] Labels { get; }

    public int Count => Labels.Length;

    public static Mnist Training(string folder) => new(Find(folder, "train-images-idx3-ubyte"), Find(folder, "train-labels-idx1-ubyte"));

    public static Mnist Test(string folder) => new(Find(folder, "t10k-images-idx3-ubyte"), Find(folder, "t10k-labels-idx1-ubyte"));

    /// <summary>Images [count, 1, 28, 28] with values from 0 to 1, labels [count].</summary>
    public InMemoryDataset ToDataset()
    {
        var pixels = Array.ConvertAll(Images, pixel => pixel / 255f);
        return new(
            tensor(pixels, [Count, 1, Side, Side]),
            tensor(Array.ConvertAll(Labels, label => (long)label)));
    }

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path
            : File.Exists(path + ".gz") ? path + ".gz"
            : throw new FileNotFoundException($"there is neither '{name}' nor '{name}.gz' in '{Path.GetFullPath(folder)}'.");
    }
}
