using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.Kernels;
using StickGen.Kernels.Portable;
using StickGen.Operations;
using StickGen.Planning;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Work that is divided between threads gives the same bits.</summary>
public sealed class PartsTests
{
    /// <summary>Parts of a convolution, in any order, are all of it, and none writes where another does.</summary>
    [Property(MaxTest = 60)]
    public void Parts_of_a_convolution_are_the_whole(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var model = RandomModel.Single(seed.Item, m => m.AddConvolution());
        var node = model.Graph.Nodes.Single(n => n.Operation is Conv2d);
        var (input, output) = (node.Inputs[0].Shape!, node.Output.Shape!);
        var geometry = new ConvolutionGeometry(2, (int)input[2].Size, (int)input[3].Size, (int)output[2].Size, (int)output[3].Size);
        var source = new byte[2 * input[1].Size * input[2].Size * input[3].Size];
        foreach (ref var value in source.AsSpan())
            value = (byte)random.Next(node.Inputs[0].Quantization!.Low, node.Inputs[0].Quantization!.High + 1);
        var length = 2 * (int)(output[1].Size * output[2].Size * output[3].Size);

        var expected = new byte[length];
        Run(PortableKernels.Instance, 0, 1, expected);
        foreach (var kernels in KernelSelector.All)
        {
            foreach (var count in new[] { 1, 2, 3, 5 })
            {
                var whole = new byte[length];
                for (var i = count - 1; i >= 0; i--)
                {
                    // What the part does not write stays one less than it should be.
                    var alone = Array.ConvertAll(expected, e => (byte)(e - 1));
                    Run(kernels, i, count, alone);
                    for (var e = 0; e < length; e++)
                    {
                        if (alone[e] != (byte)(expected[e] - 1))
                            whole[e] = alone[e];
                    }
                }

                Assert.True(expected.AsSpan().SequenceEqual(whole), $"{count} parts on {kernels.Name} differ in\n{model.Graph}");
            }
        }

        void Run(IKernels kernels, int index, int count, byte[] target)
        {
            var convolution = new PackedWeights(kernels).Integer(node).Bind(geometry);
            convolution.Run(source, target, new byte[convolution.ScratchBytes], new(index, count));
        }
    }

    /// <summary>Layers large enough to be divided, run by several threads at once, each of which wants helpers.</summary>
    [Fact]
    public void A_model_with_threads_gives_the_bits_of_one()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var random = RandomModel.Single(seed, m => m.AddConvolution(), [2, 32, 40, 40]);
            var input = random.Input(seed);
            using var one = QuantizedModel.FromGraph(random.Graph);
            using var several = QuantizedModel.FromGraph(random.Graph, threads: 3);
            Assert.Equal((1, 3), (one.Threads, several.Threads));
            var expected = new float[one.OutputLength(input.Length)];
            one.Run(input, expected);
            Parallel.For(0, 4, _ =>
            {
                var actual = new float[expected.Length];
                for (var i = 0; i < 5; i++)
                {
                    several.Run(input, actual);
                    Assert.Equal(expected, actual);
                    Array.Clear(actual);
                }
            });
        }
    }

    [Fact]
    public void A_disposed_model_ends_its_threads_and_refuses_to_run()
    {
        var model = QuantizedModel.FromGraph(LeNet5.Create(), threads: 4);
        model.Run(LeNet5.Images(1), new float[10]);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Run(LeNet5.Images(1), new float[10]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void Impossible_numbers_of_threads_are_refused(int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizedModel.FromGraph(LeNet5.Create(), threads));

    [Fact]
    public void Runs_with_threads_allocate_nothing()
    {
        var random = RandomModel.Single(3, m => m.AddConvolution(), [1, 32, 64, 64]);
        using var model = QuantizedModel.FromGraph(random.Graph, threads: 2);
        var input = random.Input(3);
        var output = new float[model.OutputLength(input.Length)];
        for (var i = 0; i < 50; i++)
            model.Run(input, output);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
            model.Run(input, output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
