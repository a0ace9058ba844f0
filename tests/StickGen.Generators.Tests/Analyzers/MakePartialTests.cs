using StickGen.Analyzers;
using StickGen.CodeFixes;
using ModelTest = StickGen.Generators.Tests.Analyzers.FixTest<StickGen.Analyzers.CompressibleAnalyzer, StickGen.CodeFixes.MakePartialCodeFix>;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class MakePartialTests
{
    [Fact]
    public Task A_class_and_the_types_around_it_become_partial() => ModelTest.Fixes(
        Models(outer: "internal static class Outer", inner: "struct Inner", model: "sealed class {|STK0001:{|STK0001:{|STK0001:Model|}|}|}"),
        Models(outer: "internal static partial class Outer", inner: "partial struct Inner", model: "sealed partial class Model"),
        test => test.NumberOfIncrementalIterations = 1);

    [Fact]
    public Task Several_classes_become_partial_at_once() => ModelTest.Fixes(
        """
        // The first.
        [Compressible]
        class {|STK0001:A|}() : Module<Tensor, Tensor>("A") { public override Tensor forward(Tensor x) => relu(x); }

        /* The second. */
        [Compressible] public sealed class {|STK0001:B|}() : Module<Tensor, Tensor>("B") { public override Tensor forward(Tensor x) => relu(x); }
        """,
        """
        // The first.
        [Compressible]
        partial class A() : Module<Tensor, Tensor>("A") { public override Tensor forward(Tensor x) => relu(x); }

        /* The second. */
        [Compressible] public sealed partial class B() : Module<Tensor, Tensor>("B") { public override Tensor forward(Tensor x) => relu(x); }
        """);

    [Fact]
    public Task A_loader_becomes_partial() => FixTest<DeployedModelAnalyzer, MakePartialCodeFix>.Fixes(
        """[DeployedModel("lenet5.model.json")] class {|STK0205:Digits|};""",
        """[DeployedModel("lenet5.model.json")] partial class Digits;""",
        test =>
        {
            test.TestState.AdditionalFiles.Add(("lenet5.model.json", Deployment.Signatures.LeNet5));
            test.FixedState.AdditionalFiles.Add(("lenet5.model.json", Deployment.Signatures.LeNet5));
        });

    private static string Models(string outer, string inner, string model) => $$"""
        {{outer}}
        {
            {{inner}}
            {
                /// <summary>A model.</summary>
                [Compressible]
                {{model}} : Module<Tensor, Tensor>
                {
                    public Model() : base("Model") => RegisterComponents();

                    public override Tensor forward(Tensor x) => relu(x);
                }
            }
        }
        """;
}
