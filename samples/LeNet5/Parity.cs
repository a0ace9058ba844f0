using StickGen.Compression;
using StickGen.Deployment;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>How many integers were compared, and how many of them differ.</summary>
internal readonly record struct Parity(long Compared, long Mismatched)
{
    private const int BatchSize = 250;

    /// <summary>
    /// Compares every quantized activation of every image: computed by TorchSharp in the fake-quantized network's
    /// integer-exact mode, and by the kernels of the int8 model.
    /// </summary>
    public static Parity Compare(LeNet5.FakeQuantized fake, QuantizedModel int8, Mnist digits, CancellationToken stop)
    {
        var result = default(Parity);
        fake.eval();
        fake.State.Mode = QuantizationMode.IntegerExact;
        using var noGradient = no_grad();
        using var captured = fake.State.CaptureActivations();
        for (var first = 0; first < digits.Count; first += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var images = digits.Pixels(first, Math.Min(BatchSize, digits.Count - first));
            fake.call(tensor(images, [images.Length / Mnist.PixelCount, 1, Mnist.Side, Mnist.Side]));
            result = result.With(captured.ValuesIn(int8.Graph), int8.Trace(images));
        }

        fake.State.Mode = QuantizationMode.Simulated;
        return result;
    }

    private Parity With(IReadOnlyDictionary<string, int[]> expected, IReadOnlyDictionary<string, int[]> actual)
    {
        if (!expected.Keys.Order().SequenceEqual(actual.Keys.Order()))
        {
            throw new InvalidOperationException(
                $"the fake-quantized network has the activations [{string.Join(", ", expected.Keys)}], and the int8 model has [{string.Join(", ", actual.Keys)}].");
        }

        var (compared, mismatched) = this;
        foreach (var (name, values) in expected)
        {
            compared += values.Length;
            mismatched += values.Zip(actual[name]).LongCount(pair => pair.First != pair.Second);
        }

        return new(compared, mismatched);
    }
}
