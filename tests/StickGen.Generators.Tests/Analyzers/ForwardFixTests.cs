using Microsoft.CodeAnalysis.CodeFixes;
using StickGen.Analyzers;
using StickGen.CodeFixes;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>Fixes of expressions in <c>forward</c>.</summary>
public sealed class ForwardFixTests
{
    [Theory]
    [InlineData("return {|STK0019:relu(x)|};", "return relu(x).MoveToOuterDisposeScope();")]
    [InlineData("x = fc.forward(x);\n        return {|STK0019:x + x|};", "x = fc.forward(x);\n        return (x + x).MoveToOuterDisposeScope();")]
    [InlineData("if (x.dim() > 1)\n            return {|STK0019:relu(x)|};\n        return {|STK0019:fc.forward(x)|}; // The rest.", "if (x.dim() > 1)\n            return relu(x).MoveToOuterDisposeScope();\n        return fc.forward(x).MoveToOuterDisposeScope(); // The rest.")]
    public Task A_result_is_moved_out_of_its_scope(string body, string fixedBody) =>
        Fixes<MoveToOuterScopeCodeFix>("using var scope = NewDisposeScope();\n        " + body, "using var scope = NewDisposeScope();\n        " + fixedBody);

    [Theory]
    [InlineData("return {|STK0020:x|};", "return x.alias();")]
    [InlineData("return {|STK0020:flag ? x : relu(x)|};", "return (flag ? x : relu(x)).alias();")]
    [InlineData("using var scope = NewDisposeScope();\n        var y = flag ? relu(x) : x;\n        return {|STK0020:y.MoveToOuterDisposeScope()|};", "using var scope = NewDisposeScope();\n        var y = flag ? relu(x) : x;\n        return y.alias().MoveToOuterDisposeScope();")]
    public Task An_alias_is_returned(string body, string fixedBody) => Fixes<AliasInputCodeFix>(body, fixedBody);

    [Theory]
    [InlineData("x = conv.forward(x);\n        return fc.forward({|STK0021:x.view(-1, 10)|});", "x = conv.forward(x);\n        return fc.forward(x.flatten(1));")]
    [InlineData("x = conv.forward(x);\n        return fc.forward({|STK0021:relu(x).reshape(x.shape[0], 2 * 5)|});", "x = conv.forward(x);\n        return fc.forward(relu(x).flatten(1));")]
    public Task All_but_the_first_dimension_is_flattened(string body, string fixedBody) => Fixes<FlattenCodeFix>(body, fixedBody);

    [Theory]
    [InlineData("{|STK0023:x.sigmoid_()|};\n        return fc.forward(x);", "x = x.sigmoid();\n        return fc.forward(x);")]
    [InlineData("x = {|STK0023:x.add_(1)|};\n        return {|STK0023:fc.forward(x).mul_(2)|};", "x = x.add(1);\n        return fc.forward(x).mul(2);")]
    [InlineData("var y = fc.forward(x);\n        return {|STK0023:y.exp_()|};", "var y = fc.forward(x);\n        return y.exp();")]
    public Task A_new_tensor_is_computed(string body, string fixedBody) => Fixes<OutOfPlaceCodeFix>(body, fixedBody);

    /// <summary>Whoever writes so may mean the tensor to change, and reads it again.</summary>
    [Fact]
    public Task What_changes_a_variable_inside_of_an_expression_is_left_alone() =>
        Fixes<OutOfPlaceCodeFix>("var y = fc.forward(x);\n        return relu({|STK0023:y.exp_()|}) + y;", "var y = fc.forward(x);\n        return relu({|STK0023:y.exp_()|}) + y;");

    private static Task Fixes<TFix>(string body, string fixedBody)
        where TFix : CodeFixProvider, new() =>
        FixTest<CompressibleAnalyzer, TFix>.Fixes(Model(body), Model(fixedBody));

    private static string Model(string body) => $$"""
        [Compressible(Emit = Variants.FakeQuantized | Variants.Pruned)]
        public sealed partial class Model : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(10, 10);
            private readonly Conv2d conv = Conv2d(3, 3, 3);
            private readonly bool flag = true;

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                {{body}}
            }
        }
        """.Replace("\r", "", StringComparison.Ordinal);
}
