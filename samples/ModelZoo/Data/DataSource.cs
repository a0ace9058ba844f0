using StickGen.Training;

/// <summary>A data set, by the name that the command line has for it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Size">Of its images.</param>
/// <param name="Folder">Where it is without <c>--data</c>; <see langword="null"/> if that has to be said.</param>
/// <param name="Training">Reads the training images of a folder.</param>
/// <param name="Test">Reads the test images of a folder.</param>
/// <param name="Augmentation">What training images go through.</param>
/// <param name="Help">Where to get it.</param>
internal sealed record DataSource(
    string Name,
    ImageSize Size,
    string? Folder,
    Func<string, ImageSet> Training,
    Func<string, ImageSet> Test,
    BatchTransform Augmentation,
    string Help)
{
    private const int ValidationCount = 5000;

    public static IReadOnlyList<DataSource> All { get; } =
    [
        new(
            "mnist", new(1, 28), SourceFolders.Mnist, Mnist.Training, Mnist.Test, global::Augmentation.Distort,
            "It ships with the samples, under samples/data/mnist."),
        new(
            "fashion-mnist", new(1, 28), "/usr/share/datasets/fashion-mnist", Mnist.Training, Mnist.Test,
            (batch, random) => global::Augmentation.CropAndFlip(batch, random, padding: 2),
            "It is in Debian's and Ubuntu's package dataset-fashion-mnist (apt-get install dataset-fashion-mnist); or download the four "
            + "*-ubyte.gz files that https://github.com/zalandoresearch/fashion-mnist names, and give their folder with --data."),
        new(
            "cifar-10", new(3, 32), null, Cifar10.Training, Cifar10.Test,
            (batch, random) => global::Augmentation.CropAndFlip(batch, random, padding: 4),
            "Download the binary version from https://www.cs.toronto.edu/~kriz/cifar.html, unpack it, and give its folder with --data."),
    ];

    /// <summary>
    /// Reads images. The last 5,000 training images never train: hyper-parameters are chosen on them, so that the test images stay unseen.
    /// </summary>
    /// <param name="folder">From <c>--data</c>.</param>
    public (ImageSet Training, ImageSet Validation, ImageSet Test) Read(string? folder)
    {
        folder ??= Folder ?? throw new ArgumentException($"{Name} needs --data. {Help}");
        try
        {
            var training = Training(folder);
            if (training.Count <= ValidationCount)
                throw new InvalidDataException($"{Name} in '{folder}' has {training.Count} training images; more than the {ValidationCount} that are held out are needed.");
            var count = training.Count - ValidationCount;
            return (training.Slice(0, count), training.Slice(count, ValidationCount), Test(folder));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"{Name} is not there: {e.Message} {Help}", e);
        }
    }
}
