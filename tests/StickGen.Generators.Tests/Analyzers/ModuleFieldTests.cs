using Test = StickGen.Generators.Tests.Analyzers.FixTest<StickGen.Analyzers.CompressibleAnalyzer, StickGen.CodeFixes.ModuleFieldCodeFix>;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class ModuleFieldTests
{
    [Fact]
    public Task Properties_become_fields_of_the_same_name() => Test.Fixes(
        Model("""
            /// <summary>The first layer.</summary>
                public Linear {|STK0009:Fc1|} { get; } = Linear(2, 3);

                private Linear {|STK0009:Fc2|} { get; set; } = Linear(3, 3); // The second layer.
            """),
        Model("""
            /// <summary>The first layer.</summary>
                public readonly Linear Fc1 = Linear(2, 3);

                private Linear Fc2 = Linear(3, 3); // The second layer.
            """));

    [Theory]
    [InlineData("public Linear {|STK0009:Fc1|} { get; private set; } = Linear(2, 3); private readonly Linear Fc2 = Linear(3, 3);")]
    [InlineData("[System.ComponentModel.Browsable(false)] public Linear {|STK0009:Fc1|} { get; } = Linear(2, 3); private readonly Linear Fc2 = Linear(3, 3);")]
    [InlineData("public Linear {|STK0009:Fc1|} { get; init; } = Linear(2, 3); private readonly Linear Fc2 = Linear(3, 3);")]
    public Task A_property_that_is_more_than_a_field_stays(string members) => Test.OffersNothing(Model(members));

    [Fact]
    public Task A_property_of_an_interface_stays() => Test.OffersNothing("""
        public interface IHasHead { Linear Head { get; } }

        """ + Model("public Linear {|STK0009:Head|} { get; } = Linear(2, 3); private Linear Fc1 => Head; private readonly Linear Fc2 = Linear(3, 3);")
        .Replace("Module<Tensor, Tensor>\n", "Module<Tensor, Tensor>, IHasHead\n", StringComparison.Ordinal));

    private static string Model(string members) => $$"""
        [Compressible]
        public sealed partial class Model : Module<Tensor, Tensor>
        {
            {{members}}

            public Model() : base("Model") => RegisterComponents();

            public override Tensor forward(Tensor x) => Fc2.forward(Fc1.forward(x));
        }
        """;
}
