using Microsoft.CodeAnalysis;
using StickGen.Matching;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Rules;

/// <summary>Rules in source: what they are compiled to, and what is wrong with them.</summary>
public class RuleTests
{
    [Fact]
    public Task Compiled_form() => GeneratorRun.Verify("""
        public static partial class Pack
        {
            [RewriteRule(Benefit = 7)]
            internal static partial class Residual
            {
                [Match]
                private static Tensor Pattern(Tensor x, Tensor shortcut, Conv2d conv, BatchNorm2d bn)
                {
                    var y = bn.forward(conv.forward(x));
                    y += shortcut;
                    return functional.relu(y);
                }

                [Where] private static bool IsPlain(Conv2d conv) => conv.groups == 1;
                [Where] private static bool HasStatistics(BatchNorm2d bn, Conv2d conv) => bn.running_mean is not null && conv.bias is null;
                [Replace] private static StickGen.Units.Unit With(StickGen.Units.Site site, BatchNorm2d bn, Conv2d conv) => null!;
            }
        }

        [RewriteRule]
        public static partial class DoubleRelu
        {
            [Match] private static Tensor Pattern(Tensor x) => x.relu().relu();
            [Replace] private static StickGen.Units.AddUnit With(StickGen.Units.Site site) => null!;
        }
        """);

    [Fact]
    public void Rules_are_listed_by_benefit_and_then_by_name()
    {
        var list = GeneratorRun.Emit("""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }

            [RewriteRule(Benefit = 9)]
            public static partial class First
            {
                [Match] private static Tensor Pattern(Tensor x) => x.relu();
                [Replace] private static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;
            }
            """).Single(file => file.HintName == "StickGen.VisibleRules.g.cs").SourceText.ToString();
        var rules = list.Split('\n').Where(line => line.EndsWith(".Rule,", StringComparison.Ordinal)).Select(line => line.Trim()).ToArray();
        Assert.Equal("global::Zoo.First.Rule,", rules[0]);
        Assert.Equal("global::StickGen.Rules.ConvBatchNormRelu.Rule,", rules[1]);
        Assert.Equal("global::StickGen.Rules.LinearRelu.Rule,", rules[^1]);
    }

    [Fact]
    public void A_rule_that_replaces_modules_is_applied_by_hand()
    {
        var files = GeneratorRun.Emit("""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }

            [RewriteRule]
            public static partial class Wider
            {
                [Match] private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d norm) => relu(norm.forward(conv.forward(x)));
                [Where] private static bool IsPlain(Conv2d conv) => conv.groups == 1;
                [Replace] private static Module<Tensor, Tensor> With(Conv2d conv, StickGen.Rules.RuleMatch match) => null!;
            }
            """);
        var rule = files.Single(file => file.HintName.EndsWith("Wider.Rule.g.cs", StringComparison.Ordinal)).SourceText.ToString();
        Assert.Contains("public static global::StickGen.Pruning.ModuleRule Rule { get; } = new(", rule, StringComparison.Ordinal);
        Assert.Contains("replace: static match => With(match.Module<global::TorchSharp.Modules.Conv2d>(\"conv\"), match));", rule, StringComparison.Ordinal);
        Assert.Contains("static match => IsPlain(", rule, StringComparison.Ordinal);
        Assert.DoesNotContain("Verify", rule, StringComparison.Ordinal);
        Assert.DoesNotContain(files, file => file.HintName != "Zoo.Wider.Rule.g.cs" && file.SourceText.ToString().Contains("Wider", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("relu(bn.forward(conv.forward(x)))", "(relu (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("bn.call(conv.call(x)).relu_()", "(relu (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("conv.forward(x) + bn.forward(x)", "(add (conv2d:conv $x) (batch_norm2d:bn $x))")]
    [InlineData("cat(new[] { conv.forward(x), bn.forward(x) })", "(concat dim=0 (conv2d:conv $x) (batch_norm2d:bn $x))")]
    [InlineData("conv.forward(bn.forward(conv.forward(x)))", "(conv2d:conv (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("StickGen.Rules.Patterns.AnyOf(bn.forward(conv.forward(x)), relu(bn.forward(conv.forward(x))))", "(| (batch_norm2d:bn (conv2d:conv $x)) (relu (batch_norm2d:bn (conv2d:conv $x))))")]
    [InlineData("conv.forward(StickGen.Rules.Patterns.Optional(bn.forward(x), x))", "(conv2d:conv (| (batch_norm2d:bn $x) $x))")]
    [InlineData("conv.forward(StickGen.Rules.Patterns.Elementwise(bn.forward(x)))", "(conv2d:conv (~ (batch_norm2d:bn $x)))")]
    [InlineData("bn.forward(StickGen.Rules.Patterns.Any()) + conv.forward(x)", "(add (batch_norm2d:bn $_) (conv2d:conv $x))")]
    [InlineData("functional.leaky_relu(bn.forward(conv.forward(x)))", "(leaky_relu negative_slope=0.01 (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("functional.leaky_relu(bn.forward(conv.forward(x)), 0.25)", "(leaky_relu negative_slope=0.25 (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("functional.gelu(bn.forward(conv.forward(x)), TorchSharp.Modules.GELU.Approximate.tanh)", "(gelu approximate=tanh (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("bn.forward(conv.forward(x)).clamp(-1, null)", "(clamp min=-1 max=none (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("bn.forward(conv.forward(x)) * 0.5", "(mul number=0.5 (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("1 - bn.forward(conv.forward(x))", "(sub number=1 numberFirst=1 (batch_norm2d:bn (conv2d:conv $x)))")]
    public void Pattern_text(string pattern, string expected)
    {
        var rule = CaptureRun.Rule(Rule($"[Match] static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => {pattern};", Replace));
        Assert.Equal("", CaptureRun.Describe(rule.Problems));
        var text = rule.Model!.Pattern.Text;
        Assert.Equal(expected, text);
        Assert.Equal(text, PatternText.Format(PatternText.Parse(text)));
        Assert.Equal(rule.Model.Pattern.NodeCount, rule.Model.Benefit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relu")]
    [InlineData("(relu $x")]
    [InlineData("(relu $x))")]
    [InlineData("(relu  $x)")]
    [InlineData("(relu:  $x)")]
    [InlineData("(relu $)")]
    [InlineData("($x)")]
    [InlineData("$x")]
    [InlineData("(|)")]
    [InlineData("(| )")]
    [InlineData("(~)")]
    [InlineData("(~ $x")]
    [InlineData("(relu a= $x)")]
    [InlineData("(relu a=@ $x)")]
    [InlineData("(relu =1 $x)")]
    [InlineData("(relu a=1,5 $x)")]
    [InlineData("(relu $*)")]
    [InlineData("((relu $x))")]
    public void Text_that_is_no_pattern(string text) => Assert.Null(PatternText.TryParse(text));

    [Fact]
    public void Text_that_is_too_deep() =>
        Assert.Null(PatternText.TryParse(string.Concat(Enumerable.Repeat("(relu ", 100_000)) + "$x" + new string(')', 100_000)));

    private const string Match = "[Match] static Tensor Pattern(Tensor x, Conv2d conv) => relu(conv.forward(x));";
    private const string Replace = "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;";

    [Theory]
    [InlineData("static class", Match, Replace, "STK0101 at 'Rule': 'Rule' has to be partial to be a rewrite rule")]
    [InlineData("partial class", Match, Replace, "STK0101 at 'Rule': 'Rule' has to be static to be a rewrite rule")]
    [InlineData("static partial class", "", Replace, "STK0102 at 'Rule': 'Rule' has to have at least one method marked [Match], and has 0")]
    [InlineData("static partial class", Match, "", "STK0102 at 'Rule': 'Rule' has to have exactly one method marked [Replace], and has 0")]
    [InlineData("static partial class", Match, Replace + "[Replace] static StickGen.Units.Unit Second(StickGen.Units.Site site) => null!;", "STK0102 at 'Second': 'Rule' has to have exactly one method marked [Replace], and has 2")]
    [InlineData("static partial class", Match, "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site, Conv2d c) => null!;", "STK0103 at 'c': The parameter 'c' of 'With' does not fit the pattern: 'Pattern' has no parameter of that name")]
    [InlineData("static partial class", Match, "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site, Linear conv) => null!;", "STK0103 at 'conv': The parameter 'conv' of 'With' does not fit the pattern: there it is a 'Conv2d'")]
    [InlineData("static partial class", Match, Replace + "[Where] static bool Holds(Tensor x) => true;", "STK0103 at 'x': The parameter 'x' of 'Holds' does not fit the pattern: it is a tensor, and only the live modules are known here; of a value, a GraphValue is")]
    [InlineData("static partial class", Match, Replace + "[Where] static int Holds(Conv2d conv) => 1;", "STK0104 at 'Holds': 'Holds' has to return bool")]
    [InlineData("static partial class", Match, "[Replace] static object With(StickGen.Units.Site site) => null!;", "STK0104 at 'With': 'With' has to return a Unit, an array of them, or a module")]
    [InlineData("static partial class", Match, "[Replace] static StickGen.Units.Unit With(Conv2d conv) => null!;", "STK0104 at 'With': 'With' has to take a Site as its first parameter")]
    [InlineData("static partial class", "[Match] static int Pattern(Tensor x) => 1;", Replace, "STK0104 at 'Pattern': 'Pattern' has to return a Tensor")]
    [InlineData("static partial class", "[Match] static Tensor Pattern(Tensor x, string n) => relu(x);", Replace, "STK0104 at 'n': 'Pattern' has to take tensors, lists of tensors, modules and numbers only")]
    [InlineData("static partial class", "[Match] static Tensor Pattern(Tensor x) => erfinv_(relu(x));", Replace, "STK0105 at 'erfinv_(relu(x))': The pattern of 'Rule' cannot be compiled: 'erfinv_(relu(x))' is not an operation of a known kind")]
    [InlineData("static partial class", "[Match] static Tensor Pattern(Tensor x) => tril(relu(x));", Replace, "STK0105 at '[Match] static Tensor Pattern(Tensor x) => tril(relu(x));': The pattern of 'Rule' cannot be compiled: 'tril(relu(x))' is only known as the code that a model has it in, and so cannot be rewritten yet")]
    [InlineData("static partial class", "[Match] static Tensor Pattern(Tensor x) => x;", Replace, "STK0105 at '[Match] static Tensor Pattern(Tensor x) => x;': The pattern of 'Rule' cannot be compiled: it returns its input")]
    [InlineData("static partial class", "[Match] static Tensor Pattern(Tensor x, Tensor y, Conv2d conv) => relu(y);", Replace, "STK0106 at 'x': The pattern of 'Rule' does not use its parameter 'x', so nothing is bound to it\nSTK0106 at 'conv': The pattern of 'Rule' does not use its parameter 'conv', so nothing is bound to it")]
    public void Problems(string kind, string match, string replace, string expected)
    {
        var rule = CaptureRun.Rule($"[RewriteRule] public {kind} Rule {{ {match} {replace} }}");
        Assert.Equal(expected, CaptureRun.Describe(rule.Problems));
        Assert.Null(rule.Model);
    }

    [Theory]
    [InlineData("Tensor x, double slope", "functional.leaky_relu(x, slope)", "double slope", "(leaky_relu negative_slope=@slope $x)", "match.Number(\"slope\")")]
    [InlineData("Tensor x, int number", "x * number", "int number", "(mul number=@number $x)", "(int)match.Number(\"number\")")]
    [InlineData("Tensor[] parts, long axis", "cat(parts, axis)", "System.Collections.Generic.IReadOnlyList<StickGen.Graphs.GraphValue> parts", "(concat dim=@axis $*parts)", "match.Values(\"parts\")")]
    [InlineData("Tensor x, double slope", "StickGen.Rules.Patterns.AnyOf(relu(x), functional.leaky_relu(x, slope))", "double? slope", "(| (relu $x) (leaky_relu negative_slope=@slope $x))", "match.FindNumber(\"slope\")")]
    [InlineData("Tensor x, Conv2d c, BatchNorm2d bn", "relu(StickGen.Rules.Patterns.Optional(bn.forward(c.forward(x)), c.forward(x)))", "BatchNorm2d? bn, Module c", "(relu (| (batch_norm2d:bn (conv2d:c $x)) (conv2d:c $x)))", "match.FindModule<global::TorchSharp.Modules.BatchNorm2d>(\"bn\"), match.Module<global::TorchSharp.torch.nn.Module>(\"c\")")]
    [InlineData("Tensor x", "relu(x)", "StickGen.Graphs.GraphValue x, StickGen.Rules.RuleMatch all", "(relu $x)", "match.Value(\"x\"), match")]
    public void What_a_pattern_binds(string parameters, string body, string wanted, string pattern, string arguments)
    {
        var emitted = GeneratorRun.Emit($$"""
            [RewriteRule] public static partial class Bound
            {
                [Match] static Tensor Pattern({{parameters}}) => {{body}};
                [Where] static bool Holds({{wanted}}) => true;
                [Replace] static StickGen.Units.Unit[] With(StickGen.Units.Site site, {{wanted}}) => null!;
            }
            """).Single(file => file.HintName.EndsWith("Bound.Rule.g.cs", StringComparison.Ordinal)).SourceText.ToString();
        Assert.Contains($"pattern: \"{pattern}\"", emitted, StringComparison.Ordinal);
        Assert.Contains($"Holds({arguments})", emitted, StringComparison.Ordinal);
        Assert.Contains($"With(site, {arguments})", emitted, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_matches_are_alternatives()
    {
        var rule = CaptureRun.Rule(Rule(
            "[Match] static Tensor A(Tensor x, Conv2d layer) => relu(layer.forward(x)); [Match] static Tensor B(Tensor x, Linear layer) => layer.forward(x);",
            "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site, Module layer) => null!;"));
        Assert.Equal("", CaptureRun.Describe(rule.Problems));
        Assert.Equal("(| (relu (conv2d:layer $x)) (linear:layer $x))", rule.Model!.Pattern.Text);
        Assert.Equal(2, rule.Model.Benefit);
    }

    [Theory]
    [InlineData("Tensor x, double slope", "StickGen.Rules.Patterns.AnyOf(relu(x), functional.leaky_relu(x, slope))", "double slope", "STK0103 at 'slope': The parameter 'slope' of 'With' does not fit the pattern: not every alternative binds it; declare it as 'double?'")]
    [InlineData("Tensor x, double slope", "functional.leaky_relu(x, slope)", "float slope", "STK0103 at 'slope': The parameter 'slope' of 'With' does not fit the pattern: there it is a 'double'")]
    [InlineData("Tensor x, double slope", "functional.leaky_relu(x, 2 * slope)", "", "STK0105 at '[Match] static Tensor Pattern(Tensor x, double slope) => functional.leaky_relu(x, 2 * slope);': The pattern of 'Rule' cannot be compiled: 'functional.leaky_relu(x, 2 * slope)' has an argument that is neither a literal nor a parameter of the pattern")]
    [InlineData("Tensor x", "StickGen.Rules.Patterns.Optional(relu(x), x)", "", "STK0105 at '[Match] static Tensor Pattern(Tensor x) => StickGen.Rules.Patterns.Optional(relu(x), x);': The pattern of 'Rule' cannot be compiled: it returns its input")]
    [InlineData("Tensor x", "StickGen.Rules.Patterns.Elementwise(x)", "", "STK0105 at '[Match] static Tensor Pattern(Tensor x) => StickGen.Rules.Patterns.Elementwise(x);': The pattern of 'Rule' cannot be compiled: it returns its input")]
    [InlineData("Tensor x, Conv2d c", "c.forward(x)", "Linear c", "STK0103 at 'c': The parameter 'c' of 'With' does not fit the pattern: there it is a 'Conv2d'")]
    public void Parameters_that_do_not_fit(string parameters, string body, string wanted, string expected)
    {
        var rule = CaptureRun.Rule(Rule(
            $"[Match] static Tensor Pattern({parameters}) => {body};",
            $"[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site{(wanted.Length > 0 ? ", " + wanted : "")}) => null!;"));
        Assert.Equal(expected, CaptureRun.Describe(rule.Problems));
    }

    [Fact]
    public void A_negative_benefit_is_an_error()
    {
        var rule = CaptureRun.Rule($"[RewriteRule(Benefit = -1)] public static partial class Rule {{ {Match} {Replace} }}");
        Assert.Equal("STK0108 at 'Rule': The benefit of 'Rule' is -1, and has to be at least 1, or 0 for the number of nodes in its pattern", CaptureRun.Describe(rule.Problems));
    }

    private static string Rule(string match, string replace) => $"[RewriteRule] public static partial class Rule {{ {match} {replace} }}";
}
