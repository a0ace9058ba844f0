using Test = StickGen.Generators.Tests.Analyzers.FixTest<StickGen.Analyzers.CompressibleAnalyzer, StickGen.CodeFixes.TrainableVariantsCodeFix>;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class TrainableVariantsTests
{
    [Fact]
    public Task The_integer_model_is_left_out() => Test.Fixes(
        Model("[Compressible]", "{|STK0006:{|STK0006:x.erfinv()|}.sinc()|}"),
        Model("[Compressible(Emit = Variants.FakeQuantized)]", "x.erfinv().sinc()"));

    [Fact]
    public Task Variants_that_were_chosen_are_not_overruled() =>
        Test.OffersNothing(Model("[Compressible(Emit = Variants.All)]", "{|STK0006:x.erfinv()|}"));

    private static string Model(string attribute, string result) => $$"""
        {{attribute}}
        public sealed partial class Model() : Module<Tensor, Tensor>("Model")
        {
            public override Tensor forward(Tensor x) => {{result}};
        }
        """;
}
