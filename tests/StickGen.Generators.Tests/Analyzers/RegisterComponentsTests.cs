using Test = StickGen.Generators.Tests.Analyzers.FixTest<StickGen.Analyzers.CompressibleAnalyzer, StickGen.CodeFixes.RegisterComponentsCodeFix>;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class RegisterComponentsTests
{
    [Fact]
    public Task The_call_comes_last_in_the_constructor() => Test.Fixes(
        Model("{|STK0003:Model|}", """
            public Model() : base("Model")
                {
                    fc = Linear(2, 3); // Two to three.
                }
            """),
        Model("Model", """
            public Model() : base("Model")
                {
                    fc = Linear(2, 3); // Two to three.
                    RegisterComponents();
                }
            """));

    [Fact]
    public Task An_expression_becomes_a_block() => Test.Fixes(
        Model("{|STK0003:Model|}", """public Model() : base("Model") => fc = Linear(2, 3);"""),
        Model("Model", """
            public Model() : base("Model")
                {
                    fc = Linear(2, 3);
                    RegisterComponents();
                }
            """));

    [Fact]
    public Task A_constructor_that_calls_another_of_the_class_is_left_alone() => Test.Fixes(
        Model("{|STK0003:Model|}", """
            public Model(int inputs) : base("Model")
                {
                    fc = Linear(inputs, 3);
                }

                public Model() : this(2)
                {
                }
            """),
        Model("Model", """
            public Model(int inputs) : base("Model")
                {
                    fc = Linear(inputs, 3);
                    RegisterComponents();
                }

                public Model() : this(2)
                {
                }
            """));

    [Fact]
    public Task A_primary_constructor_has_no_place_for_the_call() => Test.OffersNothing("""
        [Compressible]
        public sealed partial class {|STK0003:Model|}() : Module<Tensor, Tensor>("Model")
        {
            private readonly Linear fc = Linear(2, 3);

            public override Tensor forward(Tensor x) => fc.forward(x);
        }
        """);

    private static string Model(string name, string constructor) => $$"""
        [Compressible]
        public sealed partial class {{name}} : Module<Tensor, Tensor>
        {
            private readonly Linear fc;

            {{constructor}}

            public override Tensor forward(Tensor x) => fc.forward(x);
        }
        """;
}
