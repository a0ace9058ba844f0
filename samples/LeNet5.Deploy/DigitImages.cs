/// <summary>Images of 28 × 28 pixels as the model wants them: from 0 (background) to 1 (ink), row by row.</summary>
internal sealed class DigitImages
{
    public const int Side = 28, Pixels = Side * Side;

    private readonly float[] values;
    private readonly byte[]? labels;

    private DigitImages(float[] values, byte[]? labels) => (this.values, this.labels) = (values, labels);

    public int Count => values.Length / Pixels;

    /// <summary>Whether it is known what the images show.</summary>
    public bool HasLabels => labels is not null;

    /// <summary>The pixels of one image.</summary>
    public ReadOnlySpan<float> this[int image] => values.AsSpan(image * Pixels, Pixels);

    /// <summary>The digit that an image shows.</summary>
    public int Label(int image) => labels![image];

    /// <exception cref="InvalidDataException">A file is not what it should be; the message says why.</exception>
    public static DigitImages Read(string imageFile, string? labelFile)
    {
        var images = IdxFile.Read(imageFile, dimensions: 3);
        if (images.Shape is not [_, Side, Side])
            throw new InvalidDataException($"'{imageFile}' has the sizes [{string.Join(", ", images.Shape)}]; images of {Side} × {Side} are expected.");
        var labels = labelFile is null ? null : IdxFile.Read(labelFile, dimensions: 1).Values;
        if (labels is not null && labels.Length != images.Shape[0])
            throw new InvalidDataException($"'{imageFile}' has {images.Shape[0]} images, and '{labelFile}' has {labels.Length} labels.");
        return new(Array.ConvertAll(images.Values, pixel => pixel / 255f), labels);
    }
}
