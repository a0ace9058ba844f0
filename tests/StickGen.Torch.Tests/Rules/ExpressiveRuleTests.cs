using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Rules;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Rules;

/// <summary>Rules whose replacement is several units, and what conditions can ask.</summary>
public sealed class ExpressiveRuleTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Several_units_compute_exactly_what_separate_ones_do()
    {
        random.manual_seed(3);
        using var model = new ActivatedNet();
        model.eval();
        var x = Data.Normal(1, 2, 3, 8, 8);
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(
            ["x", "conv_bn", "silu", "up", "norm", "leaky_relu"], variant.State.Units.Select(u => u.Name));
        Assert.Equal(["LayerActivation"], variant.State.Units.Select(u => u.Rule).Where(r => r.Length > 0).Distinct());
        using var separate = new SimulatedQuantization(new() { EnableFusion = false }).Apply(model);

        foreach (var mode in new[] { QuantizationMode.Disabled, QuantizationMode.Simulated })
        {
            variant.State.Mode = mode;
            variant.State.Calibrating = true;
            variant.forward(x).Dispose();
            variant.State.Calibrating = false;
            if (mode == QuantizationMode.Disabled)
                Data.AssertSame(model.forward(x), variant.forward(x));
            Assert.Equal(model.forward(x).shape, variant.forward(x).shape);
        }

        var error = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Convert(variant));
        Assert.Contains("up: the integer model has no operation for the module ConvTranspose2d", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_see_shapes_readers_numbers_and_shared_modules()
    {
        var seen = new List<string>();
        var rule = new RewriteRule(
            "My.Rule", 9, "(leaky_relu negative_slope=@slope (batch_norm2d:norm (conv_transpose2d:up $x)))",
            m =>
            {
                seen.Add($"{m.Number("slope")} {m.Value("x").Shape} {m.Value("x").Type} {m.IsUsedOnce(m.Value("x"))} {m.IsConstant(m.Value("x"))} {m.IsShared("up")} {m.Nodes.Count} {m.Output.Name} {m.FindNumber("none")}");
                return m.Module<ConvTranspose2d>("up").groups == 1;
            },
            (site, _) => [.. Enumerable.Range(0, site.Nodes.Count).Select(i => site.DefaultUnit(i))]);
        using var model = new RuledActivatedNet(rule);
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(["0.2 [batch, 4, 8, 8] Float32 True False False 3 leaky_relu "], seen);
        Assert.Equal(3, variant.State.Units.Count(u => u.Rule == "Rule"));
    }

    [Theory]
    [InlineData("(leaky_relu negative_slope=0.1 $x)", 0)]
    [InlineData("(leaky_relu negative_slope=0.2 $x)", 1)]
    [InlineData("(leaky_relu negative_slope=0.2 (| (batch_norm2d:bn $x) $x))", 2)]
    [InlineData("(leaky_relu negative_slope=0.2 (| $x (batch_norm2d:bn $x)))", 1)]
    [InlineData("(~ (batch_norm2d:bn $x))", 2)]
    public void Settings_and_alternatives_are_those_of_the_instance(string pattern, int nodes)
    {
        var rule = new RewriteRule("My.Rule", 9, pattern, null, (site, _) => [.. Enumerable.Range(0, site.Nodes.Count).Select(i => site.DefaultUnit(i))]);
        using var model = new RuledActivatedNet(rule);
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(nodes, variant.State.Matches.Entries.Where(e => e.IsApplied).Sum(e => e.Nodes.Count));
    }

    [Fact]
    public void Units_have_to_cover_the_site()
    {
        var rule = new RewriteRule("My.Rule", 9, "(leaky_relu negative_slope=0.2 (batch_norm2d:bn $x))", null, (site, _) => new Unit[] { site.DefaultUnit(^1) });
        using var model = new RuledActivatedNet(rule);
        var error = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Apply(model));
        Assert.Equal("The units that the rule My.Rule returned for 'norm_leaky_relu' do not cover its nodes, each once and in order.", error.Message);
    }

    private sealed class RuledActivatedNet : Models.TestModel
    {
        private readonly ConvTranspose2d up = ConvTranspose2d(4, 4, 2, 2);
        private readonly BatchNorm2d norm = BatchNorm2d(4);

        public RuledActivatedNet(RewriteRule rule)
            : base(nameof(RuledActivatedNet), new Shape("batch", 4, 8, 8))
        {
            Rules = [rule];
            RegisterComponents();
        }

        protected override IReadOnlyList<RewriteRule> Rules { get; }

        public override Tensor forward(Tensor x) => functional.leaky_relu(norm.forward(up.forward(x)), 0.2);

        public override SymbolicTensor Replay(Tracer t, SymbolicTensor x)
        {
            var y = t.LeakyRelu(3, t.Module(2, "norm", norm, t.Module(1, "up", up, x)), 0.2);
            t.Site("up_norm_leaky_relu", 1, 2, 3);
            return y;
        }

        public override Func<Tensor, Tensor> Emit(VariantBuilder builder, Models.TestVariant owner)
        {
            builder.Rebuild(owner, "up", up);
            builder.Rebuild(owner, "norm", norm);
            var (input, unit) = (builder.Input("x"), builder.Unit("up_norm_leaky_relu"));
            return x => unit.forward(input.forward(x));
        }
    }
}

[Compressible, InputShape("batch", 3, 8, 8)]
internal sealed partial class ActivatedNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(3, 4, 3, padding: 1);
    private readonly BatchNorm2d bn = BatchNorm2d(4);
    private readonly ConvTranspose2d up = ConvTranspose2d(4, 4, 2, 2);
    private readonly BatchNorm2d norm = BatchNorm2d(4);

    public ActivatedNet()
        : base(nameof(ActivatedNet)) => RegisterComponents();

#pragma warning disable STK0006 // It is what this network is for.
    public override Tensor forward(Tensor x)
    {
        x = functional.silu(bn.forward(conv.forward(x)));
        return functional.leaky_relu(norm.forward(up.forward(x)), 0.2);
    }
#pragma warning restore STK0006
}
