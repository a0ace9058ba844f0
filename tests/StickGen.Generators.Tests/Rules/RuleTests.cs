using Microsoft.CodeAnalysis;
using StickGen.Capture.Rules;
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
        Assert.Equal("global::StickGen.Rules.LinearRelu6.Rule,", rules[^1]);
    }

    [Theory]
    [InlineData("relu(bn.forward(conv.forward(x)))", "(relu (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("bn.call(conv.call(x)).relu_()", "(relu (batch_norm2d:bn (conv2d:conv $x)))")]
    [InlineData("conv.forward(x) + bn.forward(x)", "(add (conv2d:conv $x) (batch_norm2d:bn $x))")]
    [InlineData("cat(new[] { conv.forward(x), bn.forward(x) })", "(concat (conv2d:conv $x) (batch_norm2d:bn $x))")]
    [InlineData("conv.forward(bn.forward(conv.forward(x)))", "(conv2d:conv (batch_norm2d:bn (conv2d:conv $x)))")]
    public void Pattern_text(string pattern, string expected)
    {
        var rule = CaptureRun.Rule(Rule($"[Match] static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => {pattern};", Replace));
        Assert.Equal("", CaptureRun.Describe(rule.Problems));
        var text = PatternText.Format(rule.Model!.Pattern);
        Assert.Equal(expected, text);
        Assert.Equal(rule.Model.Pattern, PatternText.Parse(text));
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
    [InlineData("((relu $x))")]
    public void Text_that_is_no_pattern(string text) => Assert.Null(PatternText.Parse(text));

    [Fact]
    public void Text_that_is_too_deep() =>
        Assert.Null(PatternText.Parse(string.Concat(Enumerable.Repeat("(relu ", 100_000)) + "$x" + new string(')', 100_000)));

    private const string Match = "[Match] static Tensor Pattern(Tensor x, Conv2d conv) => relu(conv.forward(x));";
    private const string Replace = "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site) => null!;";

    [Theory]
    [InlineData("static class", Match, Replace, "STK0101 at 'Rule': 'Rule' has to be partial to be a rewrite rule")]
    [InlineData("partial class", Match, Replace, "STK0101 at 'Rule': 'Rule' has to be static to be a rewrite rule")]
    [InlineData("static partial class", "", Replace, "STK0102 at 'Rule': 'Rule' has to have exactly one static method marked [Match], and has 0")]
    [InlineData("static partial class", Match, "", "STK0102 at 'Rule': 'Rule' has to have exactly one static method marked [Replace], and has 0")]
    [InlineData("static partial class", Match + "[Match] static Tensor Second(Tensor x) => relu(x);", Replace, "STK0102 at 'Second': 'Rule' has to have exactly one static method marked [Match], and has 2")]
    [InlineData("static partial class", Match, "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site, Conv2d c) => null!;", "STK0103 at 'c': The parameter 'c' of 'With' is not a module of the pattern: 'Pattern' has no parameter of that name")]
    [InlineData("static partial class", Match, "[Replace] static StickGen.Units.Unit With(StickGen.Units.Site site, Linear conv) => null!;", "STK0103 at 'conv': The parameter 'conv' of 'With' is not a module of the pattern: there it is a 'Conv2d'")]
    [InlineData("static partial class", Match, Replace + "[Where] static bool Holds(Tensor x) => true;", "STK0103 at 'x': The parameter 'x' of 'Holds' is not a module of the pattern: it is a tensor, and only the live modules are known here")]
    [InlineData("static partial class", Match, Replace + "[Where] static int Holds(Conv2d conv) => 1;", "STK0104 at 'Holds': 'Holds' has to return bool")]
    [InlineData("static partial class", Match, "[Replace] static object With(StickGen.Units.Site site) => null!;", "STK0104 at 'With': 'With' has to return a Unit")]
    [InlineData("static partial class", Match, "[Replace] static StickGen.Units.Unit With(Conv2d conv) => null!;", "STK0104 at 'With': 'With' has to take a Site as its first parameter")]
    [InlineData("static partial class", "[Match] static int Pattern(Tensor x) => 1;", Replace, "STK0104 at 'Pattern': 'Pattern' has to return a Tensor")]
    [InlineData("static partial class", "[Match] static Tensor Pattern(Tensor x, int n) => relu(x);", Replace, "STK0104 at 'n': 'Pattern' has to take tensors and modules only")]
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

    private static string Rule(string match, string replace) => $"[RewriteRule] public static partial class Rule {{ {match} {replace} }}";
}
