using StickGen.Capture.Rules;
using StickGen.Generators.Tests.Analyzers;
using StickGen.Matching;

namespace StickGen.Generators.Tests.Rules;

/// <summary>What is told of rules together with other rules and with models.</summary>
public sealed class RuleSetTests
{
    [Theory]
    [InlineData("(relu (conv2d:c $x))", "(relu (conv2d:c $x))", "relu")]
    [InlineData("(relu (conv2d:c $x))", "(max_pool2d (relu $x))", "relu")]
    [InlineData("(relu (conv2d:c $x))", "(relu (linear:c $x))", null)]
    [InlineData("(relu (conv2d:c $x))", "(relu6 (conv2d:c $x))", null)]
    [InlineData("(relu (conv2d:c $x))", "(batch_norm2d:b (conv2d:c $x))", null)]
    [InlineData("(add (relu $x) $y)", "(add $a (sigmoid $b))", "add")]
    [InlineData("(add (relu $x) (relu $y))", "(add (sigmoid $a) $b)", null)]
    [InlineData("(mul (relu $x) (sigmoid $y))", "(mul (sigmoid $a) (tanh $b))", null)]
    [InlineData("(mul (relu $x) (sigmoid $y))", "(mul (sigmoid $a) (relu $b))", "mul")]
    [InlineData("(leaky_relu negative_slope=0.1 $x)", "(leaky_relu negative_slope=0.2 $x)", null)]
    [InlineData("(leaky_relu negative_slope=0.1 $x)", "(leaky_relu negative_slope=@s $x)", "leaky_relu")]
    [InlineData("(| (relu $x) (sigmoid $x))", "(tanh (sigmoid $y))", "sigmoid")]
    [InlineData("(| (relu $x) (sigmoid $x))", "(tanh (silu $y))", null)]
    [InlineData("(conv2d:c (~ $x))", "(sigmoid $y)", "sigmoid")]
    [InlineData("(concat $*a)", "(concat (relu $x) $y)", "concat")]
    [InlineData("(matmul $_ (relu $x))", "(matmul (silu $a) (tanh $b))", null)]
    public void Overlap(string left, string right, string? kind)
    {
        Assert.Equal(kind, PatternOverlap.Find(RulePattern.Parse(left), RulePattern.Parse(right)));
        Assert.Equal(kind, PatternOverlap.Find(RulePattern.Parse(right), RulePattern.Parse(left)));
    }

    [Fact]
    public async Task Of_two_rules_the_one_that_comes_second_is_told()
    {
        var source = Rule("First", "relu(x.sigmoid())") + Rule("Second", "x.sigmoid().tanh()", benefit: 2) + Rule("Third", "x.sigmoid().exp()", benefit: 5) + Rule("Later", "relu(relu(x))", benefit: 7);

        // They overlap, and their benefits differ.
        Assert.Empty(await Analyze(source));
        Assert.Equal(
            ["STK0110: 'B' and 'A' have the same benefit, 2, and may both contain one 'sigmoid', where 'A' is applied because of its name alone; give one of them a greater Benefit"],
            await Analyze(Rule("B", "relu(x.sigmoid())") + Rule("A", "x.tanh().sigmoid()")));
        Assert.Equal(
            ["STK0110: 'StickGen.Rules.ConvRelu' and 'Mine' have the same benefit, 2, and may both contain one 'relu', where 'Mine' is applied because of its name alone; give one of them a greater Benefit"],
            await Analyze(Rule("Mine", "relu(c.forward(x))", ", Conv2d c")));
    }

    [Theory]
    [InlineData("internal", "x.sigmoid().exp()", true)]
    [InlineData("internal", "x.sigmoid().tanh()", false)]
    [InlineData("public", "x.sigmoid().exp()", false)]
    public async Task A_hidden_rule_has_to_fit_some_model(string access, string pattern, bool isTold)
    {
        var told = await Analyze(Rule("Mine", pattern, access: access) + Model("x.sigmoid().tanh()"));
        Assert.Equal(isTold ? ["STK0111: 'Mine' fits none of the models of this assembly, and no other assembly sees it, so it does nothing; make it public, mend its pattern or remove it"] : [], told);
    }

    [Fact]
    public async Task Rules_that_replace_modules_are_applied_by_hand()
    {
        var unit = Rule("Mine", "relu(c.forward(x))", ", Conv2d c", access: "internal");
        var module = unit.Replace("StickGen.Units.Unit With(StickGen.Units.Site site) => site.DefaultUnit(^1)", "Module<Tensor, Tensor> With(Conv2d c) => c", StringComparison.Ordinal);
        Assert.NotEqual(unit, module);
        Assert.NotEmpty(await Analyze(unit));
        Assert.Empty(await Analyze(module));
    }

    [Fact]
    public async Task A_hidden_rule_is_seen_by_friends() => Assert.Empty(await Analyze(
        "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Friend\")]\n" + Rule("Mine", "x.sigmoid().exp()", access: "internal")));

    [Theory]
    [InlineData("relu(fc.forward(x))", 1)]
    [InlineData("relu(fc.forward(relu(fc.forward(x))))", 2)]
    [InlineData("fc.forward(x)", 0)]
    public async Task An_expectation_that_is_met(string forward, int count) =>
        Assert.Empty(await Analyze(Model(forward, $", ExpectMatches(typeof(StickGen.Rules.LinearRelu), {count})")));

    [Theory]
    [InlineData("relu(fc.forward(x))", 2, "fits 1 times;")]
    [InlineData("fc.forward(x).tanh()", 1, "fits 0 times;")]
    [InlineData("relu(fc.forward(x).tanh())", 1, "fits 0 times (nearest: 'fc.forward(x).tanh()': it is 'tanh', and the pattern wants 'linear');")]
    [InlineData("relu(norm.forward(fc.forward(x)))", 1, "fits 0 times (nearest: 'norm.forward(fc.forward(x))': it is 'batch_norm1d', and the pattern wants 'linear');")]
    public async Task An_expectation_that_is_not_met(string forward, int count, string found)
    {
        var told = Assert.Single(await Analyze(Model(forward, $", ExpectMatches(typeof(StickGen.Rules.LinearRelu), {count})")));
        Assert.StartsWith($"STK0112: 'StickGen.Rules.LinearRelu' was expected to fit forward of 'Net' {count} times, and {found}", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("typeof(Linear), 1", "STK0113: [ExpectMatches] of 'Net' names 'Linear', which is no rewrite rule that is visible here")]
    [InlineData("typeof(StickGen.Rules.LinearRelu), -1", "STK0113: [ExpectMatches] of 'Net' expects a number of matches that is negative")]
    public async Task An_expectation_that_says_nothing(string arguments, string expected) =>
        Assert.Equal([expected], await Analyze(Model("relu(fc.forward(x))", $", ExpectMatches({arguments})")));

    private static async Task<string[]> Analyze(string source) =>
        [.. (await new UserCode(source).AnalyzeAsync()).Select(diagnostic => $"{diagnostic.Id}: {diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}").Order(StringComparer.Ordinal)];

    private static string Rule(string name, string pattern, string parameters = "", int benefit = 0, string access = "public") => $$"""

        [RewriteRule(Benefit = {{benefit}})]
        {{access}} static partial class {{name}}
        {
            [Match] private static Tensor Pattern(Tensor x{{parameters}}) => {{pattern}};
            [Replace] private static StickGen.Units.Unit With(StickGen.Units.Site site) => site.DefaultUnit(^1);
        }
        """;

    private static string Model(string forward, string attributes = "") => $$"""

        [Compressible(Emit = Variants.FakeQuantized){{attributes}}]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(10, 10);
            private readonly BatchNorm1d norm = BatchNorm1d(10);
            public Net() : base("Net") => RegisterComponents();
            public override Tensor forward(Tensor x) => {{forward}};
        }
        """;
}
