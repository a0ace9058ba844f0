using StickGen.Compression;
using StickGen.Kinds;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Variants;

/// <summary>
/// Every operation in every way to write it: it becomes an integer model that computes the same integers, or the conversion names what is
/// missing. What the editor does not warn of has to convert.
/// </summary>
public sealed class IntegerSpellingTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public IntegerSpellingTests() => random.manual_seed(3);

    public void Dispose() => scope.Dispose();

    [Theory]
    [MemberData(nameof(SpellingTests.Names), MemberType = typeof(SpellingTests))]
    public void Converts_exactly_or_names_what_is_missing(string name)
    {
        using var model = (Spelling)Activator.CreateInstance(typeof(Spelling).Assembly.GetType($"{typeof(Spelling).Namespace}.{name}")!)!;
        model.eval();
        var assembly = new VariantAssembly((ICompressible)model, new SimulatedQuantization(), []);
        using var variant = (Module<Tensor, Tensor>)((ICompressible)model).CreateVariant(new(assembly, ""));
        variant.eval();
        assembly.State.Calibrating = true;
        variant.forward(Data.Normal(1, 2, 4, 6, 6));
        assembly.State.Calibrating = false;

        // A number that is computed from sizes, and what the graph knows the shape of alone, are found out about by the conversion.
        var isPromised = assembly.State.Traced.Nodes.All(node =>
            NodeKinds.Get(node.Kind).HasKernelOf(node.Inputs.Count)
            && node.Node.Operation is not (Operations.Arithmetic { Number: double.NaN } or Operations.Combine or Operations.Map or Operations.Resize or Operations.Rearrange)
            && node.Node.Operation is not Operations.Softmax { Axis: not (-1 or 3) });
        Graphs.ModelGraph graph;
        try
        {
            graph = ModelLowering.Lower(assembly.State);
        }
        catch (CompressionException e) when (!isPromised)
        {
            Assert.Contains("cannot be converted to an integer model", e.Message, StringComparison.Ordinal);
            return;
        }

        var x = Data.Normal(2, 2, 4, 6, 6) * 1.5;
        if (graph.Values.Values.All(value => value.Quantization is null))
        {
            using var deployed = Deployment.QuantizedModel.FromGraph(graph);
            var expected = variant.forward(x).ToArray();
            var actual = new float[expected.Length];
            deployed.Run(x.ToArray(), actual);
            Assert.Equal(expected, actual);
            return;
        }

        ExactParity.Check(variant, assembly.State, graph, x);
    }
}
