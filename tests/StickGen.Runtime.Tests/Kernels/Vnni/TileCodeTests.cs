using System.Runtime.InteropServices;
using StickGen.Kernels.Vnni;
using Xunit.Abstractions;

namespace StickGen.Runtime.Tests.Kernels.Vnni;

/// <summary>The machine code of tiles against plain loops, where the CPU can run it.</summary>
public sealed class TileCodeTests(ITestOutputHelper output)
{
    private const int Lanes = TileCode.Lanes;

    public static TheoryData<int> Pixels() => [.. Enumerable.Range(1, TileCode.MaxPixels)];

    [Theory]
    [MemberData(nameof(Pixels))]
    public unsafe void Sums_are_exact(int pixels)
    {
        if (!VnniCode.IsSupported)
        {
            output.WriteLine("Not run: this CPU or system has no AVX-512 VNNI.");
            return;
        }

        var random = new Random(pixels);
        foreach (var quads in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 64 })
        {
            foreach (var tiles in new[] { 1, 2, 5 })
            {
                var image = new byte[4096];
                var weights = new sbyte[quads * Lanes * 4];
                var (places, offsets, bias) = (new int[tiles * pixels], new int[quads], new int[Lanes]);
                random.NextBytes(image);
                random.NextBytes(MemoryMarshal.AsBytes(weights.AsSpan()));
                if (tiles == 2)
                {
                    // Where pairs would saturate 16 bits.
                    image.AsSpan().Fill(255);
                    weights.AsSpan().Fill(quads % 2 == 0 ? sbyte.MinValue : sbyte.MaxValue);
                }

                foreach (ref var place in places.AsSpan())
                    place = random.Next(2000);
                foreach (ref var offset in offsets.AsSpan())
                    offset = random.Next(2000);
                foreach (ref var value in bias.AsSpan())
                    value = random.Next(int.MinValue, int.MaxValue);

                // What lies after the sums is to stay.
                var sums = new int[(tiles * pixels * Lanes) + 64];
                sums.AsSpan().Fill(7);
                fixed (byte* first = image)
                fixed (sbyte* firstWeight = weights)
                fixed (int* place = places, quad = offsets, firstBias = bias, sum = sums)
                {
                    var unrolled = TileCode.Unrolled(pixels);
                    var arguments = new TileArguments
                    {
                        Image = first, Pixels = place, EndPixels = place + places.Length, Quads = quad, EndUnrolled = quad + (quads / unrolled * unrolled),
                        EndQuads = quad + quads, Weights = (byte*)firstWeight, Bias = firstBias, Sums = sum,
                    };
                    VnniCode.Tile(pixels)(&arguments);
                }

                var expected = new int[sums.Length];
                expected.AsSpan().Fill(7);
                for (var p = 0; p < places.Length; p++)
                {
                    for (var lane = 0; lane < Lanes; lane++)
                    {
                        var total = bias[lane];
                        for (var q = 0; q < quads; q++)
                        {
                            for (var i = 0; i < 4; i++)
                                total = unchecked(total + (image[places[p] + offsets[q] + i] * weights[(((q * Lanes) + lane) * 4) + i]));
                        }

                        expected[(p * Lanes) + lane] = total;
                    }
                }

                Assert.Equal(expected, sums);
            }
        }
    }

    /// <summary>Memory with code is not writable.</summary>
    [Fact]
    public void Code_is_not_writable()
    {
        if (!VnniCode.IsSupported)
        {
            output.WriteLine("Not run: this CPU or system has no AVX-512 VNNI.");
            return;
        }

        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.Contains("rwxp", StringComparison.Ordinal) && IsTile(line));

        static unsafe bool IsTile(string line)
        {
            var range = line.Split(' ')[0].Split('-').Select(part => Convert.ToUInt64(part, 16)).ToArray();
            var address = (ulong)VnniCode.Tile(1);
            return address >= range[0] && address < range[1];
        }
    }
}
