using RulePackApp;
using StickGen.Compression;
using StickGen.Rules;
using StickGen.Torch.Tests.Algorithms;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Rules;

/// <summary>A model of one assembly with a rule of another, which this one does not see.</summary>
public sealed class RulePackTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_applied_through_metadata_and_exact(bool perChannel)
    {
        random.manual_seed(3);
        using var model = new ScaledScores();
        var algorithm = new SimulatedQuantization(new() { WeightPerChannel = perChannel });
        using var variant = algorithm.Apply(model);
        Assert.Equal("query_mul", Assert.Single(variant.State.Units, unit => unit.Rule == "ScaledLinear").Name);
        var x = randn(6, 8, 32);
        variant.train();
        variant.forward(x).sum().backward();
        variant.eval();
        Assert.All(variant.named_parameters().Where(p => p.name.EndsWith("weight", StringComparison.Ordinal)), p => Assert.NotNull(p.parameter.grad));

        ExactParity.Check(variant, variant.State, algorithm.ToGraph(variant), x);
    }

    [Fact]
    public void Its_condition_is_asked()
    {
        using var model = new ScaledScores();
        using var variant = new SimulatedQuantization().Apply(model);
        var miss = variant.State.Matches.WhyNot(Rule(model), "value_div");
        Assert.Equal("its condition does not hold", miss!.Reason);
    }

    [Fact]
    public void It_computes_what_its_pattern_computes()
    {
        using var model = new ScaledScores();
        for (var seed = 0; seed < 5; seed++)
            RuleVerification.Verify(Rule(model), seed);
    }

    [Fact]
    public void Only_where_it_is_referenced_are_models_matched_with_it() =>
        Assert.DoesNotContain(Generated.VisibleRules.All, rule => rule.Name == "RulePack.ScaledLinear");

    private static RewriteRule Rule(ICompressible model) => Assert.Single(model.Rules, rule => rule.Name == "RulePack.ScaledLinear");
}
