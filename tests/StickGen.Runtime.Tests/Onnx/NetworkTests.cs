using System.Text;
using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>Whole networks run in ONNX Runtime, at any batch, with the results of StickGen.</summary>
public sealed class NetworkTests
{
    private const int Count = 1000;

    public static TheoryData<bool> Optimizations() => [false, true];

    [Theory]
    [MemberData(nameof(Optimizations))]
    public void LeNet5_has_the_same_answers(bool optimized) =>
        Assert.InRange(OtherAnswers(LeNet5.Create(), LeNet5.Images(Count), [Count, 1, 28, 28], optimized), 0, Count / 1000);

    /// <summary>
    /// To within 0.1%: a step that differs turns an answer that is almost a tie, of which networks with random weights have more than
    /// trained ones.
    /// </summary>
    [Theory]
    [MemberData(nameof(Optimizations))]
    public void ResNets_have_the_same_answers(bool optimized)
    {
        int[] seeds = [2, 4, 6, 10];
        var others = seeds.Sum(seed => OtherAnswers(Networks.ResNet(seed), Networks.Images(Count, seed), [Count, 3, 16, 16], optimized));
        Assert.InRange(others, 0, seeds.Length * Count / 1000);
    }

    [Theory]
    [MemberData(nameof(Optimizations))]
    public void Names_and_dynamic_sizes_are_kept(bool optimized)
    {
        using var onnx = new OnnxRun(Networks.ResNet(1), optimized);
        var input = Assert.Single(onnx.Session.InputMetadata);
        Assert.Equal("image", input.Key);
        Assert.Equal([-1, 3, 16, 16], input.Value.Dimensions);
        Assert.Equal(["batch", "", "", ""], input.Value.SymbolicDimensions);
        var output = Assert.Single(onnx.Session.OutputMetadata);
        Assert.Equal("logits", output.Key);
        Assert.Equal([-1, 10], output.Value.Dimensions);
        Assert.Equal(["batch", ""], output.Value.SymbolicDimensions);
        foreach (var batch in new[] { 1, 2, 5 })
            Assert.Equal([batch, 10], onnx.Run(("image", [batch, 3, 16, 16], Networks.Input(batch * 768, batch))).Single().Shape);
    }

    /// <summary>That the pairs are where ONNX Runtime expects them: what it makes of a network are integer operators.</summary>
    [Fact]
    public void ONNX_Runtime_makes_integer_operators_of_the_pairs()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        try
        {
            using (new OnnxRun(Networks.ResNet(1), optimized: true, path))
            {
            }

            var text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
            Assert.Contains("QLinearConv", text);
            Assert.Contains("QLinearAdd", text);
            Assert.Contains("QLinearGlobalAveragePool", text);
            using (new OnnxRun(LeNet5.Create(), optimized: true, path))
            {
            }

            text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
            Assert.Contains("QLinearConv", text);
            Assert.Contains("QGemm", text);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Settings of all kinds, and several outputs.</summary>
    [Property(MaxTest = 40)]
    public void Random_models_run(DoNotSize<int> seed)
    {
        var random = RandomModel.Create(seed.Item);
        var values = Networks.Input(random.InputShape.Aggregate(1, (a, b) => a * b), seed.Item);
        using var model = QuantizedModel.FromGraph(random.Graph);
        foreach (var optimized in new[] { false, true })
        {
            using var onnx = new OnnxRun(random.Graph, optimized);
            Assert.Equal(random.Graph.Outputs.Select(o => o.Name), onnx.Session.OutputNames);
            Assert.Equal(
                model.OutputLengths(values.Length), onnx.Run(("x", random.InputShape, values)).Select(r => r.Values.Length));
        }
    }

    [Property(MaxTest = 50)]
    public void Float_rows_agree(DoNotSize<int> seed)
    {
        var graph = Networks.FloatRows(seed.Item);
        var declared = graph.Inputs[0].Shape!;
        int[] shape = [2, (int)declared[1].Size, (int)declared[2].Size];
        CheckFloats(graph, shape, seed.Item, 2e-5);
    }

    [Property(MaxTest = 50)]
    public void Float_graphs_agree(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        int[] shape = [random.Next(1, 4), random.Next(1, 9), random.Next(6, 14)];
        shape = [.. shape, shape[2]];
        var graph = Networks.Float(seed.Item, shape[1], shape[2]);
        CheckFloats(graph, shape, seed.Item, 1e-5);
    }

    /// <summary>Every result of a float graph is that of ONNX Runtime, to a share of the largest one.</summary>
    private static void CheckFloats(ModelGraph graph, int[] shape, int seed, double tolerance)
    {
        var input = Networks.Input(shape.Aggregate(1, (a, b) => a * b), seed);
        using var model = QuantizedModel.FromGraph(graph);
        var expected = new float[model.OutputLength(input.Length)];
        model.Run(input, expected);
        var largest = expected.Max(Math.Abs);
        foreach (var optimized in new[] { false, true })
        {
            using var onnx = new OnnxRun(graph, optimized);
            var actual = onnx.Run(("x", shape, input)).Single().Values;
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < actual.Length; i++)
                Assert.Equal(expected[i], actual[i], tolerance * largest);
        }
    }

    /// <summary>The number of images to which ONNX Runtime gives another answer.</summary>
    private static int OtherAnswers(ModelGraph graph, float[] images, int[] shape, bool optimized)
    {
        using var model = QuantizedModel.FromGraph(graph);
        var expected = new float[model.OutputLength(images.Length)];
        model.Run(images, expected);
        var answers = Answers(expected);
        Assert.True(answers.Distinct().Count() > 2, "Most images have the same answer, which says nothing.");
        using var onnx = new OnnxRun(graph, optimized);
        return answers.Zip(Answers(onnx.Run((graph.Inputs[0].Name, shape, images)).Single().Values)).Count(a => a.First != a.Second);
    }

    private static int[] Answers(float[] logits) =>
        [.. logits.Chunk(10).Select(image => Array.IndexOf(image, image.Max()))];
}
