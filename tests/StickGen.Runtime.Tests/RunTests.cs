using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests;

/// <summary>Batches, threads, allocations, lengths.</summary>
public sealed class RunTests
{
    [Fact]
    public void A_batch_gives_what_its_images_give_alone()
    {
        using var model = QuantizedModel.FromGraph(LeNet5.Create());
        var images = LeNet5.Images(7);
        var together = new float[70];
        model.Run(images, together);
        for (var i = 0; i < 7; i++)
        {
            var alone = new float[10];
            model.Run(images.AsSpan(i * 784, 784), alone);
            Assert.Equal(together[(i * 10)..((i + 1) * 10)], alone);
        }
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        using var model = QuantizedModel.FromGraph(LeNet5.Create());
        var images = LeNet5.Images(16);
        var expected = new float[160];
        model.Run(images, expected);
        Parallel.For(0, 4, thread =>
        {
            for (var round = 0; round < 50; round++)
            {
                var count = 1 + ((thread + round) % 4);
                var first = (round * 3) % (16 - count);
                var actual = new float[count * 10];
                model.Run(images.AsSpan(first * 784, count * 784), actual);
                Assert.Equal(expected[(first * 10)..((first + count) * 10)], actual);
            }
        });
    }

    [Theory]
    [InlineData("portable")]
    [InlineData(null)]
    public void Running_again_allocates_nothing(string? instructionSet)
    {
        using var model = QuantizedModel.FromGraph(LeNet5.Create(), KernelSelector.Select(instructionSet));
        var images = LeNet5.Images(3);
        var logits = new float[30];
        ReadOnlyMemory<float>[] inputs = [images];
        Memory<float>[] outputs = [logits];
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            model.Run(images, logits);
            model.Run(images.AsSpan(0, 784), logits.AsSpan(0, 10));
            model.Run(inputs, outputs);
        }
    }

    [Fact]
    public void A_wrong_input_length_is_named_with_the_right_one()
    {
        using var model = QuantizedModel.FromGraph(LeNet5.Create());
        var e = Assert.Throws<ArgumentException>(() => model.Run(new float[100], new float[10]));
        Assert.Equal("The input 'x' was given 100 values; its shape [batch, 1, 28, 28] takes a positive multiple of 784.", e.Message);
        Assert.Throws<ArgumentException>(() => model.Run([], new float[10]));
        Assert.Throws<ArgumentException>(() => model.OutputLength(785));
    }

    [Fact]
    public void A_wrong_output_length_is_named_with_the_right_one()
    {
        using var model = QuantizedModel.FromGraph(LeNet5.Create());
        var e = Assert.Throws<ArgumentException>(() => model.Run(new float[2 * 784], new float[10]));
        Assert.Equal("The output 'fc3' was given room for 10 values; with these inputs it has 20.", e.Message);
        Assert.Equal(20, model.OutputLength(2 * 784));
    }

    [Fact]
    public void Several_inputs_and_outputs_share_their_batch()
    {
        var graph = new ModelGraph("Two");
        var left = graph.AddInput("left", new Shape("batch", 2));
        var right = graph.AddInput("right", new Shape("batch", 2));
        graph.AddOutput(graph.Add("sum", new Add(), [left, right]));
        graph.AddOutput(graph.Add("both", new Concat(1), [left, right]));
        using var model = QuantizedModel.FromGraph(graph);
        var (sum, both) = (new float[4], new float[8]);
        model.Run([new float[] { 1, 2, 3, 4 }, new float[] { 10, 20, 30, 40 }], [sum, both]);
        Assert.Equal([11, 22, 33, 44], sum);
        Assert.Equal([1, 2, 10, 20, 3, 4, 30, 40], both);

        Assert.Throws<InvalidOperationException>(() => model.Run(new float[2], new float[2]));
        var e = Assert.Throws<ArgumentException>(() => model.OutputLengths(4, 6));
        Assert.Equal("The input 'right' was given 6 values; its shape [batch, 2] takes 4.", e.Message);
        Assert.Throws<ArgumentException>(() => model.OutputLengths(4));
    }

    [Fact]
    public void Other_dimensions_may_be_dynamic()
    {
        var graph = new ModelGraph("Dynamic");
        var x = graph.AddInput("x", new Shape(1, 1, "height", 4));
        var pooled = graph.Add("pool", new MaxPool2d(new Window(2, 2, 0, 1)), [x]);
        graph.AddOutput(pooled);
        using var model = QuantizedModel.FromGraph(graph);
        var output = new float[2];
        model.Run([1, 2, 3, 4, 5, 6, 7, 8], output);
        Assert.Equal([6, 8], output);
        Assert.Equal(4, model.OutputLength(16));
        Assert.Throws<ArgumentException>(() => model.OutputLength(4));
    }

    [Fact]
    public void Two_views_of_a_value_with_the_same_channels_are_told_apart()
    {
        var graph = new ModelGraph("Views");
        var x = graph.AddInput("x", new Shape(120));
        var whole = new MaxPool2d(new Window(1, 1, 0, 1));
        foreach (var shape in new[] { Shape.Of(1, 4, 30, 1), Shape.Of(6, 4, 5, 1), Shape.Of(2, 4, 15, 1) })
            graph.AddOutput(graph.Add($"{shape}.pool", whole, [graph.Add($"{shape}", new Reshape([.. shape]), [x])]));
        using var model = QuantizedModel.FromGraph(graph);
        float[] input = [.. Enumerable.Range(0, 120).Select(i => (float)i)];
        var outputs = new[] { new float[120], new float[120], new float[120] };
        model.Run([input], [.. outputs.Select(o => o.AsMemory())]);
        Assert.All(outputs, output => Assert.Equal(input, output));
    }

    [Fact]
    public void A_value_that_only_the_trace_sees_is_not_overwritten_before()
    {
        var range = ValueQuantization.PerTensor(1, 0, 0, 255);
        var graph = new ModelGraph("Dead");
        var value = graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape(4))], range);
        var first = value;
        for (var i = 0; i < 4; i++)
            value = graph.Add($"sum{i}", new Add(), [value, value], range);
        graph.Add("seen", new Reshape([2, 2]), [first], range);
        graph.Add("scalar", new Quantize(), [graph.AddInput("s", new Shape())], range);
        graph.AddOutput(graph.Add("y", new Dequantize(), [value]));
        using var model = QuantizedModel.FromGraph(graph);
        var trace = model.Trace([new float[] { 1, 2, 3, 4 }, new float[] { 7 }]);
        Assert.Equal([1, 2, 3, 4], trace["seen"]);
        Assert.Equal([16, 32, 48, 64], trace["sum3"]);
        Assert.Equal([7], trace["scalar"]);
    }

    /// <summary>Sizes whose products overflow an int64 are an error of the arguments, like others that are too large.</summary>
    [Fact]
    public void Absurd_sizes_are_an_argument_exception()
    {
        var graph = new ModelGraph("Absurd");
        graph.AddInput("n", new Shape("batch"));
        var x = graph.AddInput("x", new Shape("batch", 1, "height"));
        graph.AddOutput(graph.Add("reshaped", new Reshape([1L << 62, "batch"]), [x]));
        using var model = QuantizedModel.FromGraph(graph);
        Assert.Contains("'reshaped'", Assert.Throws<ArgumentException>(() => model.OutputLengths(2, 12)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_was_disposed_says_so()
    {
        var model = QuantizedModel.FromGraph(LeNet5.Create());
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Run(new float[784], new float[10]));
    }

    [Fact]
    public void Only_known_instruction_sets_can_be_forced()
    {
        Assert.Equal("portable", KernelSelector.Select("portable").Name);
        var e = Assert.Throws<InvalidOperationException>(() => KernelSelector.Select("sse9"));
        Assert.Equal("STICKGEN_ISA is 'sse9'; it can be 'portable', 'avx2' or 'avx512vnni', or not set.", e.Message);
    }
}
