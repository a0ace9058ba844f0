using FsCheck;
using FsCheck.Xunit;
using StickGen.Kernels;
using StickGen.Kernels.Portable;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Matrix products, softmax and normalization on rows of the lengths that attention has: the bytes of the portable kernels.</summary>
public sealed class RowKernelTests
{
    [Property(MaxTest = 100)]
    public void Product_of_matrices(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var (rows, inner, columns) = (random.Next(1, 40), random.Next(1, 80), random.Next(1, 70));
        var definition = new MatMulDefinition(
            rows, inner, columns, random.Next(256), random.Next(256), random.NextSingle() / (random.Next(4) == 0 ? 1e-6f : 3000), Range(random));
        var (left, right) = (Bytes(random, rows * inner), Bytes(random, inner * columns));
        Check(rows * columns, (kernels, target) =>
            kernels.MatMul(left, right, target, new byte[kernels.MatMulScratchBytes(rows, inner, columns)], definition));
    }

    [Property(MaxTest = 100)]
    public void Softmax_of_rows(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var (rows, length) = (random.Next(1, 6), random.Next(8) == 0 ? random.Next(1000, 1100) : random.Next(1, 150));
        var scale = random.NextDouble() * (random.Next(2) == 0 ? 0.01 : 0.3);
        var table = Enumerable.Range(0, 256).Select(d => (int)Math.Round(Softmax.One * Math.Exp(-scale * d))).ToArray();
        var source = Bytes(random, rows * length);
        if (random.Next(4) == 0)
            Array.Fill(source, (byte)random.Next(256));
        var range = Range(random) with { Scale = 1f / random.Next(1, 300) };
        Check(source.Length, (kernels, target) => kernels.Softmax(source, target, length, table, range));
    }

    [Property(MaxTest = 100)]
    public void Normalization_of_rows(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var (rows, length) = (random.Next(1, 5), random.Next(8) == 0 ? random.Next(60_000, 70_000) : random.Next(1, 300));
        var source = Bytes(random, rows * length);
        if (random.Next(4) == 0)
            Array.Fill(source, (byte)random.Next(256), 0, length);
        else if (random.Next(4) == 0)
            Array.Fill(source, (byte)255, 0, length - 1);
        var definition = new NormalizationDefinition(
            length, 1, 1, random.Next(256), Requantization.StepEpsilon(1e-5, length, 0.02f), Range(random));
        var parameters = Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.5f) * 200).ToArray()).ToArray();
        if (random.Next(4) == 0)
            parameters[0][random.Next(length)] = float.MaxValue;
        Check(source.Length, (kernels, target) => kernels.Normalize(source, target, parameters[0], parameters[1], definition));
    }

    private static void Check(int length, Action<IKernels, byte[]> run)
    {
        var expected = new byte[length];
        run(PortableKernels.Instance, expected);
        Assert.All(KernelSelector.All.Skip(1), kernels =>
        {
            var actual = new byte[length];
            run(kernels, actual);
            Assert.Equal(expected, actual);
        });
    }

    private static IntegerRange Range(Random random)
    {
        var low = random.Next(0, 100);
        return new(1, random.Next(256), low, random.Next(low, 256));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
