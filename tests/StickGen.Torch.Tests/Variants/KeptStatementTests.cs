using StickGen.Compression;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Statements that are kept as they are written compute in a variant what they compute in the original, on the variant's modules.</summary>
public sealed class KeptStatementTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public KeptStatementTests() => random.manual_seed(29);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Loops_and_branches_on_values()
    {
        using var model = new ValueLoopNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        for (var seed = 0; seed < 6; seed++)
        {
            var x = Data.Normal(seed, [3, 6]) * (seed + 1);
            Data.AssertSame(model.forward(x), variant.forward(x));
            Assert.False(x.IsInvalid);
        }
    }

    [Fact]
    public void Kept_statements_run_on_the_modules_of_the_variant()
    {
        using var model = new ValueLoopNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var x = Data.Normal(1, [3, 6]) * 4;
        variant.train();
        variant.forward(x).sum().backward();
        foreach (var (name, parameter) in variant.named_parameters().Where(p => p.name.StartsWith("inner", StringComparison.Ordinal)))
            Assert.True(parameter.grad is not null, name);
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void Results_in_the_middle()
    {
        using var model = new EarlyExitNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        for (var seed = 0; seed < 8; seed++)
        {
            var x = Data.Normal(seed, [2, 6]) * (seed / 2);
            var (expected, actual) = (model.forward(x), variant.forward(x));
            Data.AssertSame(expected.Result, actual.Result);
            Data.AssertSame(expected.Confidence, actual.Confidence);
        }
    }

    [Fact]
    public void What_is_kept_in_fields_outlives_a_call()
    {
        using var model = new CachingNet();
        using var copy = new CachingNet();
        copy.load_state_dict(model.state_dict());
        using var variant = new SimulatedQuantization().Apply(copy);
        variant.State.Mode = QuantizationMode.Disabled;
        for (var seed = 0; seed < 3; seed++)
        {
            var x = Data.Normal(seed, [2, 6]);
            Data.AssertSame(model.forward(x), variant.forward(x));
        }
    }

    [Fact]
    public void A_whole_body()
    {
        using var model = new KeptNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        for (var seed = 0; seed < 4; seed++)
        {
            var x = Data.Normal(seed, [2, 6]);
            Data.AssertSame(model.forward(x), variant.forward(x));
        }

        Assert.Equal("kept", Assert.Single(KeptNet.Graph.Of(model).Nodes).Name);
    }

    [Fact]
    public void They_cannot_be_converted()
    {
        using var model = new EarlyExitNet();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        variant.train();
        variant.forward(Data.Normal(1, [2, 6]));
        var problem = Assert.Throws<CompressionException>(() => algorithm.Convert(variant));
        Assert.Contains("the integer model has no operation for 'if (early.max().item<float>() > 0.5f)", problem.Message, StringComparison.Ordinal);
    }
}
