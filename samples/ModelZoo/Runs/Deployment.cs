using StickGen.Deployment;

/// <summary>What a deployed model makes of images, without TorchSharp.</summary>
internal static class Deployment
{
    private const int BatchSize = 100;

    /// <summary>The share of images that are classified right, in percent: the first one of the largest logits counts.</summary>
    public static double Accuracy(QuantizedModel model, ImageSet images, CancellationToken stop)
    {
        var correct = 0;
        for (var first = 0; first < images.Count; first += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            var count = Math.Min(BatchSize, images.Count - first);
            var pixels = images.Pixels(first, count);
            var logits = new float[model.OutputLength(pixels.Length)];
            model.Run(pixels, logits);
            var classes = logits.Length / count;
            for (var i = 0; i < count; i++)
            {
                if (Largest(logits.AsSpan(i * classes, classes)) == images.Label(first + i))
                    correct++;
            }
        }

        return 100.0 * correct / images.Count;
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }

        return best;
    }
}
