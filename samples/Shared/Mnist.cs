/// <summary>
/// The training or the test images of MNIST, or of a data set in the same form such as Fashion-MNIST: 28 × 28, ten classes.
/// </summary>
internal sealed class Mnist : ImageSet
{
    public new const int Side = 28;

    private Mnist(string imageFile, string labelFile)
        : this(imageFile, labelFile, IdxFile.Read(imageFile, dimensions: 3), IdxFile.Read(labelFile, dimensions: 1).Values)
    {
    }

    private Mnist(string imageFile, string labelFile, IdxFile images, byte[] labels)
        : base(1, Side, ToPixels(imageFile, labelFile, images, labels), labels)
    {
        ImageFile = imageFile;
        LabelFile = labelFile;
    }

    public string ImageFile { get; }

    public string LabelFile { get; }

    public static Mnist Training(string folder) => new(Find(folder, "train-images-idx3-ubyte"), Find(folder, "train-labels-idx1-ubyte"));

    public static Mnist Test(string folder) => new(Find(folder, "t10k-images-idx3-ubyte"), Find(folder, "t10k-labels-idx1-ubyte"));

    private static float[] ToPixels(string imageFile, string labelFile, IdxFile images, byte[] labels)
    {
        if (images.Shape is not [var count, Side, Side])
            throw new InvalidDataException($"'{imageFile}' has the sizes [{string.Join(", ", images.Shape)}]; images of {Side} × {Side} are expected.");
        if (labels.Length != count)
            throw new InvalidDataException($"'{imageFile}' has {count} images, and '{labelFile}' has {labels.Length} labels.");
        if (labels.Max() > 9)
            throw new InvalidDataException($"'{labelFile}' has a label {labels.Max()}; classes from 0 to 9 are expected.");
        return Array.ConvertAll(images.Values, pixel => pixel / 255f);
    }

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path
            : File.Exists(path + ".gz") ? path + ".gz"
            : throw new FileNotFoundException($"there is neither '{name}' nor '{name}.gz' in '{Path.GetFullPath(folder)}'.");
    }
}
