using StickGen.Compression;
using StickGen.Operations;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>What is captured by name runs as it is written: variants compute what the original does, and conversion names what it has no operation for.</summary>
public sealed class NamedOperationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public NamedOperationTests() => random.manual_seed(31);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Functions_with_weights_several_results_and_tensors_as_subscripts()
    {
        using var model = new NamedNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        for (var seed = 0; seed < 4; seed++)
        {
            var x = Data.Normal(seed, [3, 6]);
            Data.AssertSame(model.forward(x), variant.forward(x));
        }

        Assert.Equal(["einsum", "index", "linear", "topk"], NamedNet.Graph.Of(model).Nodes.Where(node => node.Operation is Operations.Call).Select(node => ((Operations.Call)node.Operation).Function)
            .Where(function => function is "einsum" or "index" or "linear" or "topk").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Attention_of_TorchSharp()
    {
        using var model = new AttentionNet();
        // It is shared with the original.
        foreach (var parameter in model.parameters())
            parameter.requires_grad = false;
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(6, [5, 2, 6]);
        Data.AssertSame(model.forward(x), variant.forward(x));
    }

    [Fact]
    public void The_weights_of_a_function_are_trained()
    {
        using var model = new NamedNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.train();
        variant.forward(Data.Normal(1, [3, 6])).sum().backward();
        Assert.NotNull(variant.named_parameters().Single(parameter => parameter.name == "table").parameter.grad);
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void They_cannot_be_converted()
    {
        using var model = new NamedNet();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        variant.train();
        variant.forward(Data.Normal(1, [2, 6]));
        var problem = Assert.Throws<CompressionException>(() => algorithm.Convert(variant));
        Assert.Contains("the integer model has no operation for 'linear' in 'var y = relu(linear(fc.forward(x), table));'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_that_hold_tensors()
    {
        using var model = new FeatureNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        foreach (var mask in (Tensor?[])[null, Data.Normal(7, [3, 6])])
        {
            var x = Data.Normal(2, [3, 6]);
            var (expected, actual) = (model.forward(new(x, mask)), variant.forward(new(x, mask)));
            Data.AssertSame(expected.Hidden, actual.Hidden);
            Data.AssertSame(expected.Scores!, actual.Scores!);
            Assert.False(x.IsInvalid);
        }
    }

    [Fact]
    public void Children_that_are_given_objects()
    {
        using var model = new FeatureParentNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(3, [3, 6]);
        Data.AssertSame(model.forward(x), variant.forward(x));
    }

    [Fact]
    public void Lists_as_inputs()
    {
        using var model = new ListNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var (a, b) = (Data.Normal(4, [3, 6]), Data.Normal(5, [3, 6]));
        Data.AssertSame(model.forward([a, b]), variant.forward([a, b]));
    }

    [Fact]
    public void Modules_without_a_type_and_helpers_that_assign()
    {
        using var model = new UntypedNet(new() { ["offset"] = Data.Normal(9, [6]) });
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var (a, b) = (Data.Normal(4, [3, 6]), Data.Normal(5, [3, 6]));
        Data.AssertSame(model.forward(a, b), variant.forward(a, b));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    public void Queries_over_modules(int branches, int depth)
    {
        using var model = new QueryNet(branches, depth);
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(11, [2, 3, 8, 8]);
        Data.AssertSame(model.forward(x), variant.forward(x));
        Assert.Equal(branches + depth, QueryNet.Graph.Of(model).Nodes.Count(node => node.Operation is Conv2d));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Parts_that_are_assigned_and_lists_that_a_condition_adds_to(bool doubled)
    {
        using var model = new SliceNet(doubled);
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(12, [4, 6]);
        var result = variant.forward(x);
        Assert.False(result.requires_grad);
        Data.AssertSame(model.forward(x), result);
        Assert.Equal(2, SliceNet.Graph.Of(model).Nodes.Count(node => node.Operation is Call { Function: "index_put_" }));
    }
}
