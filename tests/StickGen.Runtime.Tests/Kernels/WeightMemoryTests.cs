using StickGen.Kernels;
using StickGen.Kernels.Grouped;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Memory of weights: in arrays, in chunks that several share, and in chunks of their own.</summary>
public sealed class WeightMemoryTests
{
    [Fact]
    public unsafe void Each_has_its_own_zeros_from_the_beginning_of_a_line_on()
    {
        int[] lengths = [1, 1000, (128 << 10) / 4, 300_001, 3 << 20, 9 << 20];
        var all = Enumerable.Range(0, 3).SelectMany(_ => lengths).Select(length => new WeightMemory(length)).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            var span = all[i].Span;
            Assert.Equal(all[i].Length, span.Length);
            fixed (uint* first = span)
                Assert.Equal(0, (nint)first % CacheLine.Bytes);
            Assert.Equal(-1, span.IndexOfAnyExcept(0u));
            span.Fill((uint)i + 1);
        }

        GC.Collect();
        for (var i = 0; i < all.Count; i++)
        {
            Assert.Equal(-1, all[i].Span.IndexOfAnyExcept((uint)i + 1));
            all[i].KeepAlive();
        }
    }

    [Fact]
    public void Memory_that_was_let_go_is_zero_again()
    {
        for (var round = 0; round < 40; round++)
        {
            var memory = new WeightMemory(5 << 20);
            Assert.Equal(-1, memory.Span.IndexOfAnyExcept(0u));
            memory.Span.Fill(uint.MaxValue);
            memory.KeepAlive();
            if (round % 8 == 7)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
    }
}
