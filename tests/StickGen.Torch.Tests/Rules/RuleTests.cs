using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Rules;
using StickGen.Torch.Tests.Models;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Rules;

public sealed class RuleTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("", 0, "'('")]
    [InlineData("(", 1, "a kind of node")]
    [InlineData("(relu $x", 8, "' ' or ')'")]
    [InlineData("(relu $x) y", 9, "the end")]
    [InlineData("(conv2d: $x)", 8, "the name of a module")]
    [InlineData("(relu $)", 7, "the name of a tensor")]
    public void A_malformed_pattern_says_where(string pattern, int position, string expected)
    {
        var error = Assert.Throws<FormatException>(() => new RewriteRule("R", 1, pattern, null, (site, _) => new AddUnit(site)));
        Assert.Contains($"at position {position}: {expected} is expected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_fusion_is_applied()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(
            [("conv1_bn1_relu", "ConvBatchNormRelu"), ("conv2_bn2", "ConvBatchNorm"), ("add_relu", "AddRelu")],
            variant.State.Units.Where(u => u.Rule.Length > 0).Select(u => (u.Name, u.Rule)));
        Assert.All(variant.State.Matches.Entries, m => Assert.True(m.IsApplied, m.ToString()));
    }

    [Fact]
    public void Without_fusion_every_module_is_a_unit()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization(new() { EnableFusion = false }).Apply(model);
        Assert.Equal(
            ["x", "conv1", "bn1", "relu", "conv2", "bn2", "add", "relu_2", "concat", "bn3", "relu6", "pool", "adaptive_avg_pool2d", "fc"],
            variant.State.Units.Select(u => u.Name));
    }

    [Fact]
    public void Children_of_a_sequential_and_of_other_classes_are_fused_and_named_by_path()
    {
        using var model = new NestedNet();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(
            ["x", "stage.conv_bn_relu", "features.stage.conv_bn_relu", "features.conv_bn_act", "fc"],
            variant.State.Units.Select(u => u.Name));
        Assert.Equal("ConvBatchNormRelu", variant.State.Units[3].Rule);
        Assert.Contains(variant.state_dict().Keys, k => k == "stickgen.features.stage.conv_bn_relu.weight.minimum");
    }

    [Fact]
    public void A_match_across_sites_is_reported_with_the_reason()
    {
        using var model = new SpanningNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var entry = Assert.Single(variant.State.Matches.Entries);
        Assert.False(entry.IsApplied);
        Assert.Equal("it spans the sites 'features' and 'relu', which are emitted apart", entry.Reason);
        Assert.Contains("StickGen.Rules.ConvRelu(features.0, relu): it spans", new SimulatedQuantization().Summary(variant).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_whose_condition_does_not_hold_is_reported()
    {
        var rule = new RewriteRule("Only.Wide", 9, "(linear:fc $x)", m => m.Module<Linear>("fc").out_features > 100, (site, m) => new LinearUnit(site, m.Module<Linear>("fc")));
        using var model = new RuledNet(rule);
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal("its condition does not hold", Assert.Single(variant.State.Matches.Entries).Reason);
        Assert.Equal("", variant.State.Units[^1].Rule);
    }

    [Fact]
    public void Operands_of_a_sum_may_change_places()
    {
        var rule = new RewriteRule("My.Sum", 2, "(add (linear:fc $x) $x)", _ => false, (site, _) => new AddUnit(site));
        using var model = new RuledNet(rule) { IsResidual = true };
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(["fc", "add"], Assert.Single(variant.State.Matches.Entries).Nodes);
    }

    [Fact]
    public void A_rule_gets_the_modules_of_the_variant()
    {
        Linear? seen = null;
        var rule = new RewriteRule("My.Rule", 1, "(linear:fc $x)", null, (site, m) => new LinearUnit(site, seen = m.Module<Linear>("fc")));
        using var model = new RuledNet(rule);
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Same(variant.named_modules().First(m => m.name == "fc").module, seen);
        Assert.Equal("Rule", variant.State.Units[^1].Rule);
    }

    [Fact]
    public void A_name_that_the_pattern_does_not_have_is_an_error()
    {
        var rule = new RewriteRule("My.Rule", 1, "(linear:fc $x)", null, (site, m) => new LinearUnit(site, m.Module<Linear>("linear")));
        using var model = new RuledNet(rule);
        var error = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Apply(model));
        Assert.Equal("The pattern has no module named 'linear'.", error.Message);
    }

    /// <summary>A ReLU behind a Sequential that ends with a convolution.</summary>
    private sealed class SpanningNet : TestModel
    {
        private readonly Sequential features = Sequential(Conv2d(1, 2, 3));

        public SpanningNet()
            : base(nameof(SpanningNet), new Shape("batch", 1, 5, 5)) => RegisterComponents();

        public override Tensor forward(Tensor x) => features.forward(x).relu();

        public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
        {
            var v2 = t.Relu(2, t.Module(1, "features", features, x));
            t.Site("features", 1);
            t.Site("relu", 2);
            return v2;
        }

        public override Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner)
        {
            builder.Rebuild(owner, "features", features);
            var (input, first, second) = (builder.Input("x"), builder.Unit("features"), builder.Unit("relu"));
            return x => second.forward(first.forward(input.forward(x)));
        }
    }

    private sealed class RuledNet : TestModel
    {
        private readonly Linear fc = Linear(4, 4);

        public RuledNet(RewriteRule rule)
            : base(nameof(RuledNet), new Shape("batch", 4))
        {
            Rules = [rule];
            RegisterComponents();
        }

        public bool IsResidual { get; init; }

        protected override IReadOnlyList<RewriteRule> Rules { get; }

        public override Tensor forward(Tensor x) => IsResidual ? x + fc.forward(x) : fc.forward(x);

        public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
        {
            var y = t.Module(1, "fc", fc, x);
            if (IsResidual)
                y = t.Add(2, x, y);
            t.Site("fc", 1, 2);
            return y;
        }

        public override Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner)
        {
            builder.Rebuild(owner, "fc", fc);
            var (input, unit) = (builder.Input("x"), builder.Unit("fc"));
            return x => unit.forward(input.forward(x));
        }
    }
}
