using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Every operation in every way to write it: what it is captured as, the shape it is traced with, what its variant computes.</summary>
public sealed class SpellingTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public SpellingTests() => random.manual_seed(3);

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> Names =>
        [.. typeof(Spelling).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Spelling))).Select(type => type.Name).Order(StringComparer.Ordinal)];

    /// <summary>TorchSharp makes some parameters without giving them a value; a test with such a module fails on some days.</summary>
    [Fact]
    public void Every_parameter_has_been_given_a_value()
    {
        foreach (var type in typeof(Spelling).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Spelling))))
        {
            // What is allocated next has the memory of these.
            foreach (var used in Enumerable.Range(0, 8).SelectMany(_ => new long[] { 1, 2, 4, 8, 16, 36, 64, 144 }).Select(size => full(size, 1e30f)).ToArray())
                used.Dispose();
            using var model = (Spelling)Activator.CreateInstance(type)!;
            foreach (var (name, parameter) in model.named_parameters())
                Assert.True(parameter.abs().max().item<float>() < 100, $"{type.Name}.{name}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_known_and_computes_the_same(string name)
    {
        using var model = (Spelling)Activator.CreateInstance(typeof(Spelling).Assembly.GetType($"{typeof(Spelling).Namespace}.{name}")!)!;
        model.eval();
        var x = Data.Normal(1, 2, 4, 6, 6);
        var expected = model.forward(x);

        var traced = Tracer.Run((ICompressible)model);
        Assert.True(model.Kind == "identity" || traced.Nodes.Any(node => node.Kind == model.Kind), traced.Graph.ToString());
        Assert.DoesNotContain(traced.Nodes, node => node.Node.Operation is Operations.Opaque);
        Assert.Equal(Shape.Of(expected.shape), traced.Graph.Outputs[0].Shape);

        var assembly = new VariantAssembly((ICompressible)model, new SimulatedQuantization(), []);
        using var variant = (Module<Tensor, Tensor>)((ICompressible)model).CreateVariant(new(assembly, ""));
        variant.eval();
        assembly.State.Mode = QuantizationMode.Disabled;
        Data.AssertSame(expected, variant.forward(x));
    }
}
