using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests;

/// <summary>Random inputs and copies of tensors.</summary>
internal static class Data
{
    public static Tensor Normal(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }

    public static float[] ToArray(this Tensor tensor) => tensor.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();

    public static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.ToArray(), actual.ToArray());
    }

    public static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(0, expected.sub(actual).abs().max().item<float>(), tolerance);
    }
}
