using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Three rows are transposed as the portable kernel does it.</summary>
public sealed class InterleavingTests
{
    [Fact]
    public void Columns_are_those_of_the_portable_kernel()
    {
        if (!Avx2Kernels.IsSupported)
            return;
        var random = new Random(1);
        for (var columns = 0; columns < 100; columns++)
        {
            var source = new byte[2 * 3 * columns];
            random.NextBytes(source);
            var (expected, actual) = (new byte[source.Length], new byte[source.Length]);
            PortableKernels.Instance.Transpose(source, expected, 2, 3, columns);
            Avx2Kernels.Instance.Transpose(source, actual, 2, 3, columns);
            Assert.Equal(expected, actual);
        }
    }
}
