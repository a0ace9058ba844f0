using StickGen.Analyzers;
using StickGen.CodeFixes;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>Fixes of members: where they are registered, what they are, and what their classes are.</summary>
public sealed class MemberFixTests
{
    [Fact]
    public Task Components_are_registered_last() => FixTest<CompressibleAnalyzer, RegisterLastCodeFix>.Fixes(
        Model("""
            private readonly Linear a, b;

                public Model() : base("Model")
                {
                    RegisterComponents();
                    // The layers.
                    {|STK0017:a|} = Linear(10, 10);
                    {|STK0017:b|} = Linear(10, 10);
                }
            """),
        Model("""
            private readonly Linear a, b;

                public Model() : base("Model")
                {
                    // The layers.
                    a = Linear(10, 10);
                    b = Linear(10, 10);
                    RegisterComponents();
                }
            """));

    [Theory]
    [InlineData("List<Linear>", "ModuleList<Linear>", " = new()")]
    [InlineData("IReadOnlyList<Linear>", "ModuleList<Linear>", " = [Linear(10, 10)]")]
    [InlineData("Linear[]", "ModuleList<Linear>", " = [Linear(10, 10)]")]
    [InlineData("List<Linear>", "ModuleList<Linear>", " = new List<Linear>()", " = new ModuleList<Linear>()")]
    public Task A_list_becomes_a_ModuleList(string type, string fixedType, string value, string? fixedValue = null) => FixTest<CompressibleAnalyzer, ModuleListCodeFix>.Fixes(
        Model($"private readonly {type} {{|STK0018:layers|}}{value};\n\n    public Model() : base(\"Model\") => RegisterComponents();"),
        Model($"private readonly {fixedType} layers{fixedValue ?? value};\n\n    public Model() : base(\"Model\") => RegisterComponents();"));

    [Fact]
    public Task A_list_that_has_to_be_one_is_left_alone() => FixTest<CompressibleAnalyzer, ModuleListCodeFix>.OffersNothing(
        Model("private readonly List<Linear> {|STK0018:layers|} = new();\n\n    public Model() : base(\"Model\") => RegisterComponents();\n\n    public int Capacity => layers.Capacity;"));

    [Fact]
    public Task The_class_of_a_member_is_marked() => FixTest<CompressibleAnalyzer, AnnotateChildCodeFix>.Fixes(
        Model(Members("{|STK0025:first|}", "{|STK0025:second|}")) + """


        public static class Blocks
        {
            /// <summary>A block.</summary>
            public sealed class Block : Module<Tensor, Tensor>
            {
                public Block() : base("Block") { }
                public override Tensor forward(Tensor x) => relu(x);
            }
        }
        """,
        Model(Members("first", "second")) + """


        public static partial class Blocks
        {
            /// <summary>A block.</summary>
            [Compressible]
            public sealed partial class Block : Module<Tensor, Tensor>
            {
                public Block() : base("Block") { }
                public override Tensor forward(Tensor x) => relu(x);
            }
        }
        """,
        test => test.NumberOfFixAllIterations = test.NumberOfFixAllInProjectIterations = test.NumberOfFixAllInDocumentIterations = 1);

    [Fact]
    public Task A_class_of_another_assembly_cannot_be_marked() => FixTest<CompressibleAnalyzer, AnnotateChildCodeFix>.OffersNothing(
        Model("private readonly NoForward {|STK0025:child|} = new();\n\n    public Model() : base(\"Model\") => RegisterComponents();") + """


        public class NoForward : HasForward { }

        public abstract class HasForward : Module<Tensor, Tensor>
        {
            protected HasForward() : base("") { }
            public override Tensor forward(Tensor x) => relu(x);
        }
        """);

    private static string Members(string first, string second) =>
        $"private readonly Blocks.Block {first} = new(), {second} = new();\n\n    public Model() : base(\"Model\") => RegisterComponents();";

    private static string Model(string members) => $$"""
        using System.Collections.Generic;

        [Compressible(Emit = Variants.FakeQuantized)]
        public sealed partial class Model : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(10, 10);
            {{members}}

            public override Tensor forward(Tensor x) => fc.forward(x);
        }
        """;
}
