using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Well-known networks: all of them is understood, their counts are the published ones, and their variants compute the same.</summary>
public sealed class ZooTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ZooTests() => random.manual_seed(7);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("resnet18", 11_689_512, 1.814e9)]
    [InlineData("resnet50", 25_557_032, 4.089e9)]
    [InlineData("mobilenet_v2", 3_504_872, 0.3008e9)]
    [InlineData("vgg16", 138_357_544, 15.47e9)]
    [InlineData("googlenet", 6_624_904, 1.498e9)]
    [InlineData("deit_tiny", 5_717_416, 1.254e9)]
    public void Counts_are_the_published_ones(string name, long parameters, double macs)
    {
        using var model = Create(name);
        var graph = Tracer.Trace((ICompressible)model);
        Assert.DoesNotContain(graph.Nodes, node => node.Operation is Operations.Opaque);
        Assert.All(graph.Nodes, node => Assert.NotNull(node.Output.Shape));
        var statistics = ModelStatistics.Of(graph);
        Assert.Equal(parameters, statistics.Parameters);
        Assert.Equal(macs, statistics.Macs!.Value, macs / 1000);
        Assert.Equal(statistics.Macs * 5, ModelStatistics.Of(graph, new Dictionary<string, long> { ["batch"] = 5 }).Macs);
    }

    [Theory]
    [InlineData("resnet18", new long[] { 3, 48, 40 })]
    [InlineData("bottlenecks", new long[] { 3, 48, 40 })]
    [InlineData("mobilenet_v2", new long[] { 3, 64, 48 })]
    [InlineData("googlenet", new long[] { 3, 64, 64 })]
    [InlineData("vit", new long[] { 3, 224, 224 })]
    [InlineData("llama", new long[] { 8, 64 })]
    [InlineData("c2f", new long[] { 16, 20, 20 })]
    [InlineData("unet", new long[] { 3, 64, 64 })]
    public void Is_known_throughout_and_computes_the_same(string name, long[] shape)
    {
        using var noGrad = no_grad();
        using var model = Create(name);
        model.eval();
        var x = Data.Normal(1, [2, .. shape]);
        var expected = model.forward(x);

        var graph = Tracer.Trace((ICompressible)model, Shape.Of([2, .. shape]));
        Assert.DoesNotContain(graph.Nodes, node => node.Operation is Operations.Opaque);
        Assert.Equal(Shape.Of(expected.shape), graph.Outputs[0].Shape);
        Assert.Equal(model.parameters().Sum(parameter => parameter.numel()), ModelStatistics.Of(graph).Parameters);

        var assembly = new VariantAssembly((ICompressible)model, new SimulatedQuantization(), []);
        using var variant = (Module<Tensor, Tensor>)((ICompressible)model).CreateVariant(new(assembly, ""));
        variant.eval();
        assembly.State.Mode = QuantizationMode.Disabled;
        Data.AssertSame(expected, variant.forward(x));
    }

    [Fact]
    public void Attention_and_gated_units_are_counted()
    {
        using var model = new LlamaBlock();
        var statistics = ModelStatistics.Of(LlamaBlock.Graph.Of(model));
        const long Tokens = 8, Projections = (64 * 64 * 2) + (64 * 32 * 2) + (3 * 64 * 128), Attention = 2 * 4 * 8 * 16;
        Assert.Equal(Tokens * (Projections + Attention), statistics.Macs);
        Assert.Equal(Projections + 128, statistics.Parameters);
    }

    private static Module<Tensor, Tensor> Create(string name) => name switch
    {
        "resnet18" => new ResNet([2, 2, 2, 2], hasBottlenecks: false),
        "resnet50" => new ResNet([3, 4, 6, 3], hasBottlenecks: true),
        "bottlenecks" => new ResNet([1, 2], hasBottlenecks: true),
        "mobilenet_v2" => new MobileNetV2(),
        "vgg16" => new Vgg16(),
        "googlenet" => new GoogLeNet(),
        "deit_tiny" => new VisionTransformer(192, 3, 12),
        "vit" => new VisionTransformer(32, 2, 2, 10),
        "llama" => new LlamaBlock(),
        "c2f" => new C2f(),
        "unet" => new UNet(4),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
