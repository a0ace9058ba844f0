using Test = StickGen.Generators.Tests.Analyzers.FixTest<StickGen.Analyzers.RewriteRuleAnalyzer, StickGen.CodeFixes.StaticPartialRuleCodeFix>;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class RuleDeclarationTests
{
    [Theory]
    [InlineData("class", "static partial class")]
    [InlineData("public sealed class", "public static partial class")]
    [InlineData("abstract partial class", "static partial class")]
    [InlineData("static class", "static partial class")]
    public Task A_rule_becomes_static_and_partial(string declaration, string fixedDeclaration) =>
        Test.Fixes(Rule($"{declaration} {{|STK0101:LinearRelu|}}"), Rule($"{fixedDeclaration} LinearRelu"), Alone);

    [Fact]
    public Task The_types_around_a_rule_become_partial() => Test.Fixes(
        $"class Outer {{ {Rule("internal class {|STK0101:LinearRelu|}")} }}",
        $"partial class Outer {{ {Rule("internal static partial class LinearRelu")} }}",
        Alone);

    [Theory]
    [InlineData("class {|STK0101:LinearRelu|}", "private int benefit;")]
    [InlineData("class {|STK0101:LinearRelu|} : System.EventArgs", "")]
    [InlineData("class {|STK0101:LinearRelu|}(int benefit)", "public int Benefit() => benefit;")]
    public Task A_rule_that_cannot_be_static_stays(string declaration, string member) => Test.Fixes(
        Rule(declaration, member), Rule(declaration, member), test => test.CompilerDiagnostics = Microsoft.CodeAnalysis.Testing.CompilerDiagnostics.Errors);

    /// <summary>What is told of the rule together with others and with models is not what is tested here.</summary>
    private static void Alone(Test test) => test.DisabledDiagnostics.AddRange(["STK0110", "STK0111"]);

    private static string Rule(string declaration, string member = "") => $$"""
        [RewriteRule]
        {{declaration}}
        {
            [Match] private static Tensor Pattern(Tensor x, Linear linear) => relu(linear.forward(x));
            [Replace] private static StickGen.Units.Unit With(StickGen.Units.Site site, Linear linear) => new StickGen.Units.LinearUnit(site, linear);
            {{member}}
        }
        """;
}
