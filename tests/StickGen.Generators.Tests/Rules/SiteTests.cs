using Microsoft.CodeAnalysis;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Rules;

/// <summary>Which nodes of a forward become one unit.</summary>
public class SiteTests
{
    [Theory]
    [InlineData("conv.forward(x).relu()", "conv_relu: ConvRelu")]
    [InlineData("act.forward(conv.forward(x))", "conv_act: ConvRelu")]
    [InlineData("relu(bn.forward(conv.forward(x)))", "conv_bn_relu: ConvBatchNormRelu")]
    [InlineData("relu(x + conv.forward(x))", "conv, add_relu: AddRelu")]
    [InlineData("relu(pool.forward(conv.forward(x)))", "conv, relu")]
    [InlineData("relu(any.forward(x))", "any_relu: ConvRelu")]
    [InlineData("relu6(conv.forward(x))", "conv_relu6: ConvRelu")]
    [InlineData("functional.silu(bn.forward(conv.forward(x)))", "conv_bn_silu: LayerActivation")]
    [InlineData("functional.leaky_relu(fc.forward(x), 0.2)", "fc_leaky_relu: LayerActivation")]
    [InlineData("functional.leaky_relu(fc.forward(x), training ? 0.2 : 0.1)", "fc, leaky_relu")]
    [InlineData("relu(fc.forward(x)) + fc.forward(x)", "fc_relu: LinearRelu, fc, add")]
    public void Fusion(string body, string expected) => Assert.Equal(expected, Sites($"return {body};"));

    [Fact]
    public void A_value_that_is_read_elsewhere_is_not_fused_away() =>
        Assert.Equal("conv, relu, add", Sites("var y = conv.forward(x); return relu(y) + y;"));

    [Fact]
    public void A_value_whose_shape_is_read_is_not_fused_away() =>
        Assert.Equal("conv, relu", Sites("var y = conv.forward(x); var n = y.shape[0]; return relu(y).view(n, -1);"));

    [Fact]
    public void A_value_that_is_returned_is_not_fused_away() =>
        Assert.Equal("conv_bn: ConvBatchNorm, relu", Sites("var y = bn.forward(conv.forward(x)); var z = relu(y); return y;"));

    [Fact]
    public void The_operands_of_a_sum_may_change_places() =>
        Assert.Equal("conv_add: ConvAdd", Sites("return x + conv.forward(x);", ConvAdd));

    [Fact]
    public void Rules_that_overlap_make_one_site() => Assert.Equal(
        "conv_bn_relu_add: ConvBatchNormRelu", Sites("return relu(bn.forward(conv.forward(x))) + x;", """
            [RewriteRule] public static partial class ReluAdd
            {
                [Match] static Tensor Pattern(Tensor x, Tensor y) => relu(x) + y;
                [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
            }
            """));

    [Fact]
    public void Equal_names_are_equal_values()
    {
        const string Twice = """
            [RewriteRule] public static partial class Twice
            {
                [Match] static Tensor Pattern(Tensor x, Conv2d c) => c.forward(x) + x;
                [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
            }
            """;
        Assert.Equal("conv_add: Twice", Sites("return x + conv.forward(x);", Twice));
        Assert.Equal("relu, conv, add", Sites("var y = relu(x); return x + conv.forward(y);", Twice));
    }

    [Theory]
    [InlineData("x * relu6(x + 3) / 6", "div: Swish")]
    [InlineData("x * relu6(3 + x) / 6", "div: Swish")]
    [InlineData("relu6(x + 3) * x / 6", "div: Swish")]
    [InlineData("x * relu6(x + 3) / 5", "")]
    [InlineData("x * relu6(act.forward(x) + 3) / 6", "")]
    public void Literals_and_equal_names(string body, string expected) => Assert.Equal(expected.Length > 0 ? "add_scaled_relu6_mul_" + expected : "", Only("Swish", $"return {body};", """
        [RewriteRule] public static partial class Swish
        {
            [Match] static Tensor Pattern(Tensor x) => x * relu6(x + 3) / 6;
            [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
        }
        """));

    [Theory]
    [InlineData("conv.forward(relu(tanh(pool.forward(x).sigmoid())))", "pool_sigmoid_tanh_relu_conv: Chain")]
    [InlineData("conv.forward(pool.forward(x))", "pool_conv: Chain")]
    [InlineData("conv.forward(bn.forward(pool.forward(x)))", "")]
    public void A_chain_of_functions(string body, string expected) => Assert.Equal(expected, Only("Chain", $"return {body};", """
        [RewriteRule] public static partial class Chain
        {
            [Match] static Tensor Pattern(Tensor x, MaxPool2d pool, Conv2d conv) => conv.forward(StickGen.Rules.Patterns.Elementwise(pool.forward(x)));
            [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
        }
        """));

    [Theory]
    [InlineData("relu(cat([x, x, x], 1))", "concat_relu: List")]
    [InlineData("relu(cat([x], -1))", "concat_relu: List")]
    public void Operands_of_a_list(string body, string expected) => Assert.Equal(expected, Only("List", $"return {body};", """
        [RewriteRule] public static partial class List
        {
            [Match] static Tensor Pattern(Tensor[] parts, long axis) => relu(cat(parts, axis));
            [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
        }
        """));

    [Fact]
    public void A_rule_of_greater_benefit_is_named_first() =>
        Assert.Equal("conv_relu_add: Wide", Sites("return relu(conv.forward(x)) + x;", """
            [RewriteRule(Benefit = 9)] public static partial class Wide
            {
                [Match] static Tensor Pattern(Tensor x, Tensor y, Conv2d c) => y + relu(c.forward(x));
                [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
            }
            """));

    [Fact]
    public void Earlier_names_stay_when_code_is_appended()
    {
        Assert.Equal("relu, conv", Sites("return conv.forward(relu(x));"));
        Assert.Equal("relu, conv_relu: ConvRelu, relu6, relu_2", Sites("return relu6(relu(conv.forward(relu(x)))).relu();"));
    }

    [Fact]
    public void Rules_of_a_referenced_assembly_apply_if_they_are_accessible()
    {
        var pack = GeneratorRun.EmitAssembly("Pack", $$"""
            {{ConvAdd}}
            [RewriteRule] internal static partial class Hidden
            {
                [Match] static Tensor Pattern(Tensor x, MaxPool2d pool) => relu(pool.forward(x));
                [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
            }
            """);
        Assert.Equal("conv_add: ConvAdd, relu", Sites("return relu(pool.forward(x + conv.forward(x)));", "", pack));
    }

    [Fact]
    public void Rules_of_an_unknown_version_are_reported_and_left_out()
    {
        var pack = GeneratorRun.EmitAssembly("Pack", "public static class Future;", """
            [assembly: StickGen.CompiledRule(99, typeof(Zoo.Future), 1, "{}")]
            [assembly: StickGen.CompiledRule(2, typeof(Zoo.Future), 1, "{}")]
            [assembly: StickGen.CompiledRule(2, typeof(Zoo.Future), 1, "(no_such_kind $x)")]
            """);
        var compilation = GeneratorRun.CompileUser("", pack);
        var result = StickGen.Capture.Rules.ReferencedRules.Read(compilation, CancellationToken.None);
        Assert.DoesNotContain(result.Model!.Rules, rule => rule.Name.Contains("Future", StringComparison.Ordinal));
        Assert.Equal(["STK0107", "STK0109", "STK0109"], result.Problems.Select(problem => problem.Descriptor.Id));
    }

    private const string ConvAdd = """
        [RewriteRule] public static partial class ConvAdd
        {
            [Match] static Tensor Pattern(Tensor x, Tensor y, Conv2d conv) => conv.forward(x) + y;
            [Replace] static StickGen.Units.Unit With(StickGen.Units.Site site, Conv2d conv) => null!;
        }
        """;

    /// <summary>The site that a rule is likely to apply to, or nothing.</summary>
    private static string Only(string rule, string body, string rules) =>
        string.Join(", ", Sites(body, rules).Split(", ").Where(site => site.EndsWith(": " + rule, StringComparison.Ordinal)));

    /// <summary>The sites of a forward, with the rules that the emitted code names.</summary>
    private static string Sites(string body, string rules = "", params MetadataReference[] references)
    {
        var files = GeneratorRun.Emit($$"""
            {{rules}}
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                private readonly Conv2d conv = Conv2d(3, 3, 3);
                private readonly BatchNorm2d bn = BatchNorm2d(3);
                private readonly ReLU act = ReLU();
                private readonly MaxPool2d pool = MaxPool2d(2);
                private readonly Linear fc = Linear(3, 3);
                private readonly Module<Tensor, Tensor> any = Conv2d(3, 3, 3);
                public Net() : base("Net") => RegisterComponents();
                public override Tensor forward(Tensor x) { {{body}} }
            }
            """, references);
        var lines = files.Single(file => file.HintName.EndsWith("FakeQuantized.g.cs", StringComparison.Ordinal)).SourceText.ToString().Split('\n');
        return string.Join(", ", lines.Where(line => line.Contains("= units.", StringComparison.Ordinal)).Skip(1).Select(line =>
        {
            var name = line.Split("units.")[1].Split('.')[0];
            var rule = line.Split("  // ")[1].Split(": ");
            return rule.Length == 1 ? name : $"{name}: {rule[1]}";
        }));
    }
}
