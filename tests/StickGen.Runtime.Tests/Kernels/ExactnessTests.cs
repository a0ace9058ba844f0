using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Portable;
using StickGen.Runtime.Tests.Models;
using StickGen.Runtime.Tests.Reference;

namespace StickGen.Runtime.Tests.Kernels;

/// <summary>Every integer of random models is that of a slow, independent computation, on every instruction set.</summary>
public sealed class ExactnessTests
{
    public static TheoryData<string> InstructionSets() => [.. KernelSelector.All.Select(kernels => kernels.Name)];

    [Property(MaxTest = 150)]
    public void Convolution(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddConvolution()), seed.Item);

    [Property(MaxTest = 100)]
    public void MaxPool(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddMaxPool()), seed.Item);

    [Property(MaxTest = 100)]
    public void AveragePool(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddAveragePool()), seed.Item);

    [Property(MaxTest = 50)]
    public void AdaptivePool(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddAdaptivePool()), seed.Item);

    [Property(MaxTest = 50)]
    public void Activation(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddActivation()), seed.Item);

    [Property(MaxTest = 50)]
    public void Lookup(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddLookup()), seed.Item);

    [Property(MaxTest = 100)]
    public void Arithmetic(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddArithmetic()), seed.Item);

    [Property(MaxTest = 100)]
    public void Mean(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddMean()), seed.Item);

    [Property(MaxTest = 150)]
    public void Move(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddMove()), seed.Item);

    [Property(MaxTest = 100)]
    public void MatMul(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddMatMul()), seed.Item);

    [Property(MaxTest = 60)]
    public void Softmax(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddSoftmax()), seed.Item);

    [Property(MaxTest = 100)]
    public void Normalization(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddNormalization()), seed.Item);

    [Property(MaxTest = 50)]
    public void Sum(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddSum()), seed.Item);

    [Property(MaxTest = 50)]
    public void Concatenation(DoNotSize<int> seed) => Check(RandomModel.Single(seed.Item, m => m.AddConcatenation()), seed.Item);

    [Property(MaxTest = 100)]
    public void WholeModels(DoNotSize<int> seed) => Check(RandomModel.Create(seed.Item), seed.Item);

    /// <summary>An image so wide that it does not fit a band, and one whose rows are computed in several bands.</summary>
    [Theory]
    [InlineData(3, 300, 300)]
    [InlineData(40, 64, 64)]
    [InlineData(1, 2, 60000)]
    public void Convolution_in_bands(int channels, int height, int width)
    {
        for (var seed = 0; seed < 6; seed++)
        {
            var model = RandomModel.Single(seed, m => m.AddConvolution(), [1, channels, height, width]);
            var portable = Run(PortableKernels.Instance, model, seed);
            Assert.All(KernelSelector.All, kernels => Assert.Equal(portable, Run(kernels, model, seed)));
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void LeNet5_is_exact(string instructionSet)
    {
        var graph = LeNet5.Create();
        var images = LeNet5.Images(2);
        var reference = ReferenceModel.Run(graph, ([2, 1, 28, 28], images));
        using var model = QuantizedModel.FromGraph(graph, KernelSelector.Select(instructionSet));
        Assert.Equal(instructionSet, model.InstructionSet);
        CompareIntegers(graph, reference, model.Trace(images));
        var logits = new float[20];
        model.Run(images, logits);
        Assert.Equal(reference["fc3"].Values, logits.Select(l => (double)l));
    }

    /// <summary>Were all values clamped, the properties above would say little.</summary>
    [Fact]
    public void Random_models_use_the_inside_of_their_ranges()
    {
        var (inside, all) = (0, 0);
        for (var seed = 0; seed < 40; seed++)
        {
            var random = RandomModel.Single(seed, m => m.AddConvolution());
            using var model = QuantizedModel.FromGraph(random.Graph);
            var values = model.Trace(random.Input(seed))[random.Graph.Nodes[1].Name];
            var range = random.Graph.Nodes[1].Output.Quantization!;
            inside += values.Count(v => v > range.Low && v < range.High);
            all += values.Length;
        }

        Assert.InRange(inside, all / 5, all);
    }

    private static void Check(RandomModel random, int seed)
    {
        var graph = random.Graph;
        var input = random.Input(seed);
        var reference = ReferenceModel.Run(graph, (random.InputShape, input));
        foreach (var kernels in KernelSelector.All)
        {
            using var model = QuantizedModel.FromGraph(graph, kernels);
            CompareIntegers(graph, reference, model.Trace(input));

            var outputs = model.OutputLengths(input.Length).Select(length => new float[length]).ToArray();
            model.Run([input], [.. outputs.Select(o => o.AsMemory())]);
            for (var i = 0; i < outputs.Length; i++)
            {
                var expected = reference[graph.Outputs[i].Name].Values;
                Assert.True(
                    expected.SequenceEqual(outputs[i].Select(v => (double)v)),
                    $"The output '{graph.Outputs[i].Name}' on {kernels.Name} differs in\n{graph}");
            }
        }
    }

    private static void CompareIntegers(
        ModelGraph graph, Dictionary<string, ReferenceValue> reference, IReadOnlyDictionary<string, int[]> actual)
    {
        var quantized = graph.Values.Values.Where(v => !v.IsConstant && v.Quantization is not null).Select(v => v.Name);
        Assert.Equal(quantized.Order(), actual.Keys.Order());
        foreach (var node in graph.Nodes.Where(n => n.Output.Quantization is not null))
        {
            var expected = reference[node.Output.Name].Values;
            Assert.True(
                expected.SequenceEqual(actual[node.Output.Name].Select(v => (double)v)),
                $"'{node.Output.Name}' differs in\n{graph}");
        }
    }

    private static float[] Run(IKernels kernels, RandomModel random, int seed)
    {
        using var model = QuantizedModel.FromGraph(random.Graph, kernels);
        var input = random.Input(seed);
        var output = new float[model.OutputLength(input.Length)];
        model.Run(input, output);
        return output;
    }
}
