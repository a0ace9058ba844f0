using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Runtime.Tests.Files;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>What has no form in ONNX is said with the node's name and the reason, and no file is left.</summary>
public sealed class UnexportableTests
{
    [Fact]
    public void Adaptive_pool_of_a_dynamic_image() => Fails(
        "The node 'pool' (adaptive_avg_pool2d) cannot be exported to ONNX: its windows follow from the size of its input, which has to be fixed "
        + "unless the result is 1×1; it is x: Float32[batch, 3, height, 8].",
        graph => graph.Add("pool", new AdaptiveAvgPool2d(2), [graph.AddInput("x", new Shape("batch", 3, "height", 8))]));

    [Fact]
    public void Ceil_mode_of_a_dynamic_image() => Fails(
        "The node 'pool' (max_pool2d) cannot be exported to ONNX: with ceil_mode the size of its input has to be fixed; it is x: Float32[batch, 3, height, 8].",
        graph => graph.Add("pool", new MaxPool2d(new Window(3, 2, 0, 1), CeilMode: true), [graph.AddInput("x", new Shape("batch", 3, "height", 8))]));

    [Fact]
    public void Two_sizes_to_compute() => Fails(
        "The node 'flat' (flatten) cannot be exported to ONNX: from [a, b, 3, c] to [a, 3·b, c] more than one size has to be computed; ONNX computes one.",
        graph => graph.Add("flat", new Flatten(1, 2), [graph.AddInput("x", new Shape("a", "b", 3, "c"))]));

    [Fact]
    public void Scales_whose_product_vanishes() => Fails(
        "The node 'layer' (linear) cannot be exported to ONNX: the scale 0 of its bias, that of its input (1E-30) times that of its weight, is not a normal float32.",
        graph =>
        {
            var range = ValueQuantization.PerTensor(1e-30f, 0, 0, 255);
            var q = graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape("batch", 1))], range);
            var weight = graph.AddConstant("weight", ElementType.Int8, Shape.Of(1, 1), new byte[1], ValueQuantization.PerTensor(1e-30f, 0, -127, 127));
            var bias = graph.AddConstant("bias", ElementType.Int32, Shape.Of(1), new byte[4]);
            return graph.Add("layer", new Linear(), [q, weight, bias]);
        });

    [Fact]
    public void Scale_that_overflows() => Fails(
        "The node 'q' (quantize) cannot be exported to ONNX: with the scale 1E+37 its real numbers overflow float32.",
        graph => graph.Add("real", new Dequantize(), [
            graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape("batch", 1))], ValueQuantization.PerTensor(1e37f, 0, 0, 255))]));

    [Fact]
    public void Graph_without_data()
    {
        var graph = new ModelGraph("Structure");
        var x = graph.AddInput("x", new Shape("batch", 4));
        graph.AddOutput(graph.Add("fc", new Linear(), [x, graph.AddConstant("fc.weight", ElementType.Float32, Shape.Of(2, 4))]));
        var exception = Assert.Throws<InvalidModelException>(() => OnnxRun.Export(graph));
        Assert.Equal("The constant 'fc.weight' has no data: the graph was made for its structure alone.", exception.Message);
    }

    [Fact]
    public void A_failed_export_leaves_what_was_there()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "model.onnx");
            using (var model = QuantizedModel.FromGraph(TinyModel.Create()))
                model.ExportOnnx(path);
            var before = File.ReadAllBytes(path);

            var graph = new ModelGraph("Dynamic");
            graph.AddOutput(graph.Add("pool", new AdaptiveAvgPool2d(2), [graph.AddInput("x", new Shape("batch", 3, "height", 8))]));
            using (var model = QuantizedModel.FromGraph(graph))
                Assert.Throws<NotSupportedException>(() => model.ExportOnnx(path));
            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFiles(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_disposed_model_is_not_exported()
    {
        var model = QuantizedModel.FromGraph(TinyModel.Create());
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.ExportOnnx("never.onnx"));
    }

    [Fact]
    public void What_decoders_have_is_named() => Assert.Equal(
        "The node 'embedding' (embedding) cannot be exported to ONNX: this operation has no form in ONNX here.",
        Assert.Throws<NotSupportedException>(() => OnnxRun.Export(Models.TinyDecoder.Create(0))).Message);

    [Theory]
    [InlineData("grouped_linear")]
    [InlineData("scaled_dot_product_attention")]
    [InlineData("repeat_interleave")]
    [InlineData("elementwise")]
    public void Operations_without_a_form_are_named(string kind)
    {
        var graph = new ModelGraph("Bad");
        var x = graph.AddInput("x", new Shape("batch", 4, 4));
        graph.AddOutput(kind switch
        {
            "grouped_linear" => graph.Add("node", new GroupedLinear(new()), [
                x, graph.AddConstant("weight", ElementType.Int8, Shape.Of(2, 4), new byte[8]), graph.AddConstant("scales", ElementType.Float32, Shape.Of(2, 1), new byte[8])]),
            "repeat_interleave" => graph.Add("node", new RepeatInterleave(1, 2), [x]),
            "elementwise" => graph.Add("node", new Elementwise(ElementFunction.Silu), [x]),
            _ => graph.Add("node", new ScaledDotProductAttention(true), [x, x, x]),
        });
        Assert.Contains($"The node 'node' ({kind}) cannot be exported to ONNX", Assert.Throws<NotSupportedException>(() => OnnxRun.Export(graph)).Message);
    }

    private static void Fails(string message, Func<ModelGraph, GraphValue> build)
    {
        var graph = new ModelGraph("Bad");
        graph.AddOutput(build(graph));
        var exception = Assert.Throws<NotSupportedException>(() => OnnxRun.Export(graph));
        Assert.Equal(message, exception.Message);
    }
}
