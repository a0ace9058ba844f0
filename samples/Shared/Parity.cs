using StickGen.Compression;
using StickGen.Deployment;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>How many integers were compared, how many of them differ, and how many images were classified right.</summary>
internal readonly record struct Parity(long Compared, long Mismatched, long Correct)
{
    private const int BatchSize = 250;

    /// <summary>
    /// Compares every quantized activation of every image: computed by TorchSharp in the fake-quantized network's
    /// integer-exact mode, and by the kernels of the int8 model.
    /// </summary>
    public static Parity Compare<TFakeQuantized>(TFakeQuantized fake, QuantizedModel int8, ImageSet images, CancellationToken stop)
        where TFakeQuantized : nn.Module<Tensor, Tensor>, IFakeQuantized =>
        Compare(fake, fake.State, int8, images, stop);

    /// <summary>The same for a network whose type is not known.</summary>
    public static Parity Compare(
        nn.Module<Tensor, Tensor> fake, FakeQuantization state, QuantizedModel int8, ImageSet images, CancellationToken stop)
    {
        var result = default(Parity);
        fake.eval();
        state.Mode = QuantizationMode.IntegerExact;
        using var noGradient = no_grad();
        using var captured = state.CaptureActivations();
        for (var first = 0; first < images.Count; first += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(BatchSize, images.Count - first);
            var pixels = images.Pixels(first, count);
            var classes = fake.call(tensor(pixels, [count, images.Channels, images.Side, images.Side])).argmax(1).data<long>();
            result = result.With(captured.ValuesIn(int8.Graph), int8.Trace(pixels));
            result = result with { Correct = result.Correct + Enumerable.Range(0, count).Count(i => classes[i] == images.Label(first + i)) };
        }

        state.Mode = QuantizationMode.Simulated;
        return result;
    }

    private Parity With(IReadOnlyDictionary<string, int[]> expected, IReadOnlyDictionary<string, int[]> actual)
    {
        if (!expected.Keys.Order().SequenceEqual(actual.Keys.Order()))
        {
            throw new InvalidOperationException(
                $"the fake-quantized network has the activations [{string.Join(", ", expected.Keys)}], and the int8 model has [{string.Join(", ", actual.Keys)}].");
        }

        var (compared, mismatched, _) = this;
        foreach (var (name, values) in expected)
        {
            compared += values.Length;
            mismatched += DifferenceCount(values, actual[name]);
        }

        return this with { Compared = compared, Mismatched = mismatched };
    }

    private static long DifferenceCount(int[] left, int[] right)
    {
        if (left.Length != right.Length)
            throw new InvalidOperationException($"the fake-quantized network has {left.Length} values where the int8 model has {right.Length}.");
        var count = 0L;
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i])
                count++;
        }

        return count;
    }
}
