using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>The shapes of classes: where they stand, what they hold and what their members are called.</summary>
public class ClassShapeTests
{
    [Fact]
    public Task Several_inputs() => GeneratorRun.Verify("""
        [Compressible, InputShape("batch", 16), InputShape(1, 16L, Parameter = "scale")]
        internal sealed partial class Mix : Module<Tensor, Tensor, Tensor, Tensor>
        {
            private readonly Linear left = Linear(16, 16), right = Linear(16, 16);
            private readonly Gate gate = new();

            public Mix() : base(nameof(Mix)) => RegisterComponents();

            public override Tensor forward(Tensor x, Tensor y, Tensor scale)
            {
                var sum = left.forward(x) + right.forward(y);
                return gate.forward(sum, scale);
            }
        }

        internal sealed class Gate : Module<Tensor, Tensor, Tensor>
        {
            public Gate() : base(nameof(Gate)) { }
            public override Tensor forward(Tensor x, Tensor scale) => x * scale;
        }
        """);

    [Fact]
    public Task Child_that_is_compressible() => GeneratorRun.Verify("""
        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Stage first = new(3), second = new(8);
            private readonly Stage? last;
            private readonly Observed unsupported = new();

            public Net(bool isDeep) : base(nameof(Net))
            {
                last = isDeep ? new Stage(8) : null;
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                x = second.forward(relu(first.forward(x)));
                return last!.forward(unsupported.forward(x));
            }
        }

        [Compressible(Emit = Variants.FakeQuantized)]
        public sealed partial class Stage : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv;
            public Stage(long channels) : base(nameof(Stage)) { conv = Conv2d(channels, 8, 3); RegisterComponents(); }
            public override Tensor forward(Tensor x) => relu(conv.forward(x));
        }

        [Compressible(Emit = Variants.GraphOnly)]
        public sealed partial class Observed : Module<Tensor, Tensor>
        {
            public Observed() : base(nameof(Observed)) { }
            public override Tensor forward(Tensor x) => x.relu();
        }
        """);

    [Fact]
    public Task Nested_and_generic() => GeneratorRun.Verify("""
        public abstract partial record Models<TKey>
        {
            internal partial struct Holder
            {
                [Compressible]
                private sealed partial class Net<T> : Module<Tensor, Tensor>
                    where T : Module<Tensor, Tensor>
                {
                    private readonly T body;
                    public Net(T body) : base("Net") { this.body = body; RegisterComponents(); }
                    public override Tensor forward(Tensor x) => relu(body.forward(x));
                }
            }
        }
        """);

    [Fact]
    public Task Derived_class_hides_the_variants_of_its_base() => GeneratorRun.Verify("""
        [Compressible]
        public partial class Base : Module<Tensor, Tensor>
        {
            protected readonly Conv2d conv = Conv2d(3, 3, 3);
            protected readonly int groups = 2;
            public Base(string name) : base(name) => RegisterComponents();
            public override Tensor forward(Tensor x) => conv.forward(x);
        }

        [Compressible]
        public sealed partial class Derived : Base
        {
            private readonly Linear fc = Linear(3, 3);
            public Derived() : base(nameof(Derived)) { }
            public override Tensor forward(Tensor x) => fc.forward(Head(conv.forward(x)).view(-1, groups));
            private Tensor Head(Tensor x) => relu(x);
        }
        """);

    [Fact]
    public Task Members_of_all_kinds() => GeneratorRun.Verify("""
        [Compressible]
        public sealed partial class Net(int features, string name) : Module<Tensor, Tensor>(name)
        {
            [TorchSharp.Utils.ComponentName(Name = "renamed")] private readonly Conv2d conv = Conv2d(3, 3, 3);
            private readonly Module<Tensor, Tensor>? down = Registered();
            public Linear Head { get; } = Linear(3, 3);
            private readonly Parameter scale = Parameter(ones(3));
            private readonly Tensor? mean = zeros(3);
            private readonly int size = 3;

            public static Net Create(int features) { var net = new Net(features, "Net"); net.RegisterComponents(); return net; }

            private static Module<Tensor, Tensor>? Registered() => null;

            public override Tensor forward(Tensor x)
            {
                x = conv.forward(x) + scale;
                x = layer_norm(x, [size], scale, mean);
                x = Head.forward(x.view(x.shape[0], features));
                return down!.forward(x);
            }
        }
        """);

    [Fact]
    public Task Names_that_emitted_code_uses() => GeneratorRun.Verify("""
        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor, Tensor, Tensor>
        {
            private readonly Linear units = Linear(3, 3), origin = Linear(3, 3), State = Linear(3, 3), model = Linear(3, 3), builder = Linear(3, 3);
            private readonly Linear @in = Linear(3, 3), v1 = Linear(3, 3), Units = Linear(3, 3), x = Linear(3, 3);
            private readonly int scope = 2;

            public Net() : base(nameof(Net)) => RegisterComponents();

            public override Tensor forward(Tensor t, Tensor @event, Tensor v1)
            {
                var scope = @event.shape[0];
                var x = units.forward(origin.forward(t)) + State.forward(@event);
                var model = x.shape[1];
                var v2 = this.scope;
                x = this.model.forward(builder.forward(@in.forward(this.v1.forward(v1)))).view(scope, model, v2);
                return this.x.forward(Units.forward(x));
            }
        }
        """);

    [Fact]
    public void Names_that_only_look_free() => GeneratorRun.Emit("""
        public sealed class Stem : Module<Tensor, Tensor>
        {
            internal readonly Linear @out = Linear(3, 3);
            public Stem() : base("Stem") => RegisterComponents();
            public override Tensor forward(Tensor x) => @out.forward(x);
        }

        [Compressible]
        public sealed partial class Net(int field) : Module<Tensor, Tensor>("Net")
        {
            private readonly Linear State = Linear(3, 3), State_ = Linear(3, 3);
            private readonly Stem stem = new();
            public override Tensor forward(Tensor x) => State_.forward(State.forward(stem.@out.forward(x))).view(-1, field);
        }
        """);

    [Fact]
    public void What_the_compiler_says_of_the_original_it_does_not_say_of_the_variants() => GeneratorRun.Emit("""
        #nullable disable
        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(3, 3);
            [Obsolete] private readonly int size = 3;
            public Net() : base("Net") => RegisterComponents();
            [Obsolete]
            private Tensor Sized(Tensor x) => x.view(-1, size);
            public override Tensor forward(Tensor x)
            {
                string name = null;
        #pragma warning disable CS0612
                return Sized(fc.forward(x).mul(name.Length));
            }
        }
        """);

    [Fact]
    public void Nothing_is_emitted_without_the_runtime_library()
    {
        var compilation = GeneratorRun.CompileUser("[Compressible] public partial class Net : Module<Tensor, Tensor>;")
            .WithReferences(References.WithoutTorch);
        Assert.Empty(GeneratorRun.Driver().RunGenerators(compilation).GetRunResult().GeneratedTrees);
    }

    [Fact]
    public void A_class_of_another_assembly_brings_its_variants()
    {
        var reference = GeneratorRun.EmitAssembly("Stages", """
            [Compressible]
            public partial class Stage : Module<Tensor, Tensor>
            {
                private readonly Conv2d conv = Conv2d(3, 3, 3);
                public Stage() : base("Stage") => RegisterComponents();
                public override Tensor forward(Tensor x) => conv.forward(x);
            }
            """);
        var files = GeneratorRun.Emit("""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                private readonly Stage stage = new();
                public Net() : base("Net") => RegisterComponents();
                public override Tensor forward(Tensor x) => relu(stage.forward(x));
            }

            [Compressible]
            public partial class Derived : Stage
            {
                private readonly Linear fc = Linear(3, 3);
                public override Tensor forward(Tensor x) => fc.forward(x);
            }
            """, reference);
        var text = files.Single(file => file.HintName == "Zoo.Net.FakeQuantized.g.cs").SourceText.ToString();
        Assert.Contains(".FakeQuantized>(this, \"stage\", model.stage)", text, StringComparison.Ordinal);
        Assert.Contains("var v1 = stage.forward(v0);", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_classes_whose_names_differ_in_case_are_told_apart()
    {
        const string Class = "[Compressible] public partial class {0} : Module<Tensor, Tensor> {{ public {0}() : base(\"\") {{ }} public override Tensor forward(Tensor x) => relu(x); }}";
        var files = GeneratorRun.Emit(string.Format(null, Class, "Net") + string.Format(null, Class, "NET") + string.Format(null, Class, "Other"));
        Assert.Equal(
            ["StickGen.VisibleRules.g.cs", "Zoo.NET-1.g.cs", "Zoo.Net-2.g.cs", "Zoo.Other.g.cs"],
            files.Select(file => file.HintName).Where(name => !name.Contains("Graph") && !name.Contains("Quantized")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Forward_of_the_base_class_runs_in_place()
    {
        var files = GeneratorRun.Emit("""
            public class Base : Module<Tensor, Tensor>
            {
                protected readonly Linear fc = Linear(2, 2);
                public Base() : base("Base") => RegisterComponents();
                public override Tensor forward(Tensor x) => relu(fc.forward(x));
            }

            [Compressible]
            public partial class Net : Base
            {
                private readonly Linear head = Linear(2, 2);
                public override Tensor forward(Tensor x) => head.forward(base.forward(x));
            }
            """);
        var graph = files.Single(file => file.HintName == "Zoo.Net.Graph.g.cs").SourceText.ToString();
        Assert.Contains("""t.Module(1, "fc", model.fc, x)""", graph);
        Assert.Contains("t.Relu(2, v1)", graph);
        Assert.Contains("""t.Module(3, "head", model.head, v2)""", graph);
    }

    /// <summary>The compiler warns of such names, and of each part of such a type again.</summary>
    [Fact]
    public void Names_in_lower_case() => GeneratorRun.Emit("""
        #pragma warning disable CS8981
        public static partial class vision
        {
            [Compressible]
            public partial class net : Module<Tensor, Tensor>
            {
                public net() : base("net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }
        }
        """);

    [Fact]
    public void Files_of_classes_with_one_name_are_told_apart()
    {
        var files = GeneratorRun.Emit("""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }

            public static partial class Other
            {
                [Compressible]
                public partial class Net : Module<Tensor, Tensor>
                {
                    public Net() : base("Net") { }
                    public override Tensor forward(Tensor x) => relu(x);
                }

                [Compressible]
                public partial class Net<T> : Module<Tensor, Tensor>
                {
                    public Net() : base("Net") { }
                    public override Tensor forward(Tensor x) => relu(x);
                }
            }
            """);
        Assert.Equal(
            ["StickGen.VisibleRules.g.cs", "Zoo.Net.g.cs", "Zoo.Other.Net.g.cs", "Zoo.Other.Net_1.g.cs"],
            files.Select(file => file.HintName).Where(name => !name.Contains("Graph") && !name.Contains("Quantized")).Order(StringComparer.Ordinal));
    }
}
