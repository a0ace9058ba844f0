using StickGen.Analyzers;
using StickGen.CodeFixes;
using StickGen.Generators.Tests.Deployment;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class RemoveModifierTests
{
    [Theory]
    [InlineData("public static partial class", "public partial class")]
    [InlineData("abstract partial class", "partial class")]
    [InlineData("file sealed partial class", "sealed partial class")]
    public Task A_loader_loses_the_modifier(string declaration, string fixedDeclaration) => Loader(
        $"/* The loader. */ [DeployedModel(\"lenet5.model.json\")] {declaration} {{|STK0206:Digits|}};",
        $"/* The loader. */ [DeployedModel(\"lenet5.model.json\")] {fixedDeclaration} Digits;");

    [Theory]
    [InlineData("partial record")]
    [InlineData("partial class", "(int i)")]
    public Task What_is_no_modifier_stays(string declaration, string parameters = "")
    {
        var source = $"[DeployedModel(\"lenet5.model.json\")] {declaration} {{|STK0206:Digits|}}{parameters} {{ public object? P => {(parameters.Length > 0 ? "i" : "null")}; }}";
        return Loader(source, source);
    }

    [Fact]
    public Task A_model_is_no_longer_file_local() => FixTest<CompressibleAnalyzer, RemoveModifierCodeFix>.Fixes(
        """
        file partial class Outer
        {
            [Compressible]
            sealed partial class {|STK0008:Model|}() : Module<Tensor, Tensor>("Model") { public override Tensor forward(Tensor x) => relu(x); }
        }
        """,
        """
        partial class Outer
        {
            [Compressible]
            sealed partial class Model() : Module<Tensor, Tensor>("Model") { public override Tensor forward(Tensor x) => relu(x); }
        }
        """);

    private static Task Loader(string source, string fixedSource) => FixTest<DeployedModelAnalyzer, RemoveModifierCodeFix>.Fixes(source, fixedSource, test =>
    {
        test.TestState.AdditionalFiles.Add(("lenet5.model.json", Signatures.LeNet5));
        test.FixedState.AdditionalFiles.Add(("lenet5.model.json", Signatures.LeNet5));
    });
}
