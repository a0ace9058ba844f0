using System.Globalization;

/// <summary>What the model makes of images.</summary>
internal static class Classification
{
    /// <summary>The digit that the model sees in an image: the first one with the largest logit.</summary>
    public static int Classify(Digits digits, ReadOnlySpan<float> image)
    {
        Span<float> logits = stackalloc float[Digits.OutputLength];
        digits.Run(image, logits);
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }

        return best;
    }

    /// <summary>The share of images that are classified right, in percent.</summary>
    public static double Accuracy(Digits digits, DigitImages images)
    {
        var correct = 0;
        for (var i = 0; i < images.Count; i++)
            correct += Classify(digits, images[i]) == images.Label(i) ? 1 : 0;
        return 100.0 * correct / images.Count;
    }

    /// <summary>Prints some images with what they were taken for, and the accuracy if labels are known.</summary>
    public static void Show(Digits digits, DigitImages images, int count, TextWriter output)
    {
        for (var i = 0; i < Math.Min(count, images.Count); i++)
        {
            output.WriteLine(AsciiArt.Draw(images[i]));
            var truth = images.HasLabels ? $" (it is a {images.Label(i)})" : "";
            output.WriteLine($"image {i}: a {Classify(digits, images[i])}{truth}");
            output.WriteLine();
        }

        if (images.HasLabels)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{images.Count} images, {Accuracy(digits, images):0.00}% right"));
    }
}
