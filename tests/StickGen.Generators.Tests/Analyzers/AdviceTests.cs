using Microsoft.CodeAnalysis;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>What is told of a model that can be captured, and of what nothing is told.</summary>
public sealed class AdviceTests
{
    [Theory]
    [InlineData("x = fc.forward(x); Console.WriteLine(x.sum().item<float>()); return x;", "")]
    [InlineData("x = fc.forward(x); if (x.dim() > 3) throw new ArgumentException($\"{x.ToSingle()}\"); return x;", "")]
    [InlineData("var scale = fc.forward(x).ToSingle(); return fc.forward(x) * scale;", "STK0012 fc.forward(x).ToSingle()")]
    [InlineData("var scale = (float)fc.forward(x); return fc.forward(x) * scale;", "STK0012 (float)fc.forward(x)")]
    [InlineData("if (x.sum().item<float>() > 0) x = relu(x); return fc.forward(x);", "STK0011 x.sum().item<float>() > 0")]
    public Task Numbers_of_tensors(string body, string expected) => Check(body, expected);

    [Theory]
    [InlineData("using var scope = NewDisposeScope(); return fc.forward(x).MoveToOuterDisposeScope();", "")]
    [InlineData("using var scope = NewDisposeScope(); return scope.MoveToOuter(fc.forward(x));", "")]
    [InlineData("using (var scope = NewDisposeScope()) { var y = fc.forward(x); y.MoveToOuterDisposeScope(); return y; }", "")]
    [InlineData("using (NewDisposeScope()) { x = fc.forward(x).MoveToOuterDisposeScope(); } return x;", "")]
    [InlineData("using (NewDisposeScope()) { x = fc.forward(x).DetachFromDisposeScope(); return x; }", "")]
    [InlineData("using var scope = NewDisposeScope(); var y = fc.forward(x); return Head(y); Tensor Head(Tensor z) { return relu(z); }", "STK0019 Head(y)")]
    [InlineData("using (NewDisposeScope()) { return relu(fc.forward(x)); }", "STK0019 relu(fc.forward(x))")]
    [InlineData("using var scope = NewDisposeScope(); x = fc.forward(x); if (isEnabled) return relu(x); return x;", "STK0019 relu(x); STK0019 x")]
    [InlineData("using var y = fc.forward(x); return relu(y);", "")]
    public Task Dispose_scopes(string body, string expected) => Check(body, expected);

    [Theory]
    [InlineData("return x;", "STK0020 x")]
    [InlineData("var y = x; return y;", "STK0020 y")]
    [InlineData("return x.alias();", "")]
    [InlineData("if (!isEnabled) return x; return fc.forward(x);", "STK0020 x")]
    [InlineData("if (isEnabled) x = fc.forward(x); return x;", "STK0020 x")]
    [InlineData("if (isEnabled) x = fc.forward(x); else x = relu(x); return x;", "")]
    [InlineData("foreach (var layer in layers) x = layer.forward(x); return x;", "")]
    [InlineData("using var scope = NewDisposeScope(); var y = isEnabled ? fc.forward(x) : x; return y.MoveToOuterDisposeScope();", "STK0020 y.MoveToOuterDisposeScope()")]
    public Task Returned_inputs(string body, string expected) => Check(body, expected);

    [Theory]
    [InlineData("return norm.forward(relu(conv.forward(x)));", "STK0024 norm.forward(relu(conv.forward(x)))")]
    [InlineData("x = conv.forward(x); x = torch.sigmoid(x); x = norm.forward(x); return x;", "STK0024 norm.forward(x)")]
    [InlineData("foreach (var layer in layers) x = layer.forward(x); x = relu(conv.forward(x)); return norm.forward(x);", "STK0024 norm.forward(x)")]
    [InlineData("return relu(norm.forward(conv.forward(x)));", "")]
    [InlineData("x = relu(conv.forward(x)); return norm.forward(x) + x;", "")]
    [InlineData("return norm.forward(relu(x));", "")]
    public Task Blocked_folds(string body, string expected) => Check(body, expected);

    [Theory]
    [InlineData("x = fc.forward(x); x.sigmoid_(); return x;", "STK0023 x.sigmoid_()")]
    [InlineData("return fc.forward(x).add_(1);", "STK0023 fc.forward(x).add_(1)")]
    [InlineData("return fc.forward(x).relu_();", "")]
    [InlineData("return nn.functional.hardtanh(fc.forward(x), -1, 1, inplace: true);", "STK0023 nn.functional.hardtanh(fc.forward(x), -1, 1, inplace: true)")]
    [InlineData("return nn.functional.hardtanh(fc.forward(x), -1, 1, inplace: false);", "")]
    public Task Operations_in_place(string body, string expected) => Check(body, expected);

    [Theory]
    [InlineData("return fc.forward(relu(conv.forward(x)).view(-1, 10));", "STK0021 relu(conv.forward(x)).view(-1, 10)")]
    [InlineData("x = conv.forward(x); return fc.forward(x.reshape(x.shape[0], 2 * 5));", "STK0021 x.reshape(x.shape[0], 2 * 5)")]
    [InlineData("x = conv.forward(x); return fc.forward(x.view(x.size(0), 10));", "STK0021 x.view(x.size(0), 10)")]
    [InlineData("return fc.forward(relu(conv.forward(x)).flatten(1));", "")]
    [InlineData("return fc.forward(relu(conv.forward(x)).view(x.shape[0], -1));", "")]
    [InlineData("return fc.forward(x.view(-1, 10));", "")]
    [InlineData("x = fc.forward(conv.forward(x).flatten(1)); return x.view(-1, 10);", "")]
    public Task Reshapes_to_constants(string body, string expected) => Check(body, expected, "Variants.All");

    [Fact]
    public Task Nobody_prunes_a_class_without_a_pruned_variant() => Check("return fc.forward(relu(conv.forward(x)).view(-1, 10));", "");

    [Theory]
    [InlineData("return block.forward(block.forward(x));", "STK0022 block.forward(block.forward(x))")]
    [InlineData("for (var i = 0; i < 2; i++) x = block.forward(x); return x;", "STK0022 block.forward(x)")]
    [InlineData("if (isEnabled) x = block.forward(x); else x = block.forward(relu(x)); return x;", "")]
    [InlineData("if (isEnabled) return block.forward(x); return block.forward(relu(x));", "")]
    [InlineData("if (isEnabled) x = block.forward(x); return block.forward(x);", "STK0022 block.forward(x)")]
    [InlineData("return fc.forward(fc.forward(x));", "")]
    public Task Modules_that_are_called_twice(string body, string expected) => Check(body, expected);

    [Theory]
    [InlineData("private readonly Linear[] fcs = [Linear(1, 1)];", "STK0018 fcs")]
    [InlineData("private readonly List<Module<Tensor, Tensor>> all = new();", "STK0018 all")]
    [InlineData("private readonly IReadOnlyDictionary<string, Linear> byName = new Dictionary<string, Linear>();", "STK0018 byName")]
    [InlineData("private List<Linear> Fcs { get; } = [];", "STK0018 Fcs")]
    [InlineData("private readonly List<Linear> fcs = [];  private void Register() { foreach (var f in fcs) register_module(\"f\", f); }", "")]
    [InlineData("private readonly List<int> sizes = []; private readonly Tensor[] none = [];", "")]
    [InlineData("private readonly Plain plain = new();", "STK0025 plain")]
    [InlineData("private readonly ModuleList<Plain> plains = new();", "STK0025 plains")]
    [InlineData("[KeepFloat] private readonly Plain plain = new();", "")]
    [InlineData("private readonly Module<Tensor, Tensor> any = Linear(1, 1);", "")]
    public Task Members(string member, string expected) => Check("return fc.forward(x);", expected, member: member);

    [Theory]
    [InlineData("public Net() : base(\"Net\") { RegisterComponents(); late = Linear(1, 1); }", "STK0017 late")]
    [InlineData("public Net() : base(\"Net\") { this.RegisterComponents(); this.late = Linear(1, 1); }", "STK0017 this.late")]
    [InlineData("public Net() : base(\"Net\") { late = Linear(1, 1); RegisterComponents(); }", "")]
    public Task Constructors(string constructor, string expected) => Check("return fc.forward(x);", expected, constructor: constructor, member: "private Linear? late;");

    [Fact]
    public async Task A_base_class_registers_before_its_derived_class_sets_anything()
    {
        var code = new UserCode("""
            public abstract class Base : Module<Tensor, Tensor>
            {
                protected Base() : base("Base") => RegisterComponents();
            }

            [Compressible]
            public sealed partial class Net : Base
            {
                private readonly Linear first = Linear(10, 10);
                private readonly Linear second;

                public Net()
                {
                    second = Linear(10, 10);
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x) => second.forward(first.forward(x));
            }
            """);

        Assert.Equal("STK0017 second", Describe(await code.AnalyzeAsync()));
    }

    private static async Task Check(
        string body, string expected, string emit = "Variants.FakeQuantized", string member = "", string constructor = "public Net() : base(\"Net\") => RegisterComponents();")
    {
        var code = new UserCode($$"""
            [Compressible]
            public sealed partial class Block : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(10, 10);
                public Block() : base("Block") => RegisterComponents();
                public override Tensor forward(Tensor x) => fc.forward(x);
            }

            public class Plain : Module<Tensor, Tensor>
            {
                public Plain() : base("Plain") { }
                public override Tensor forward(Tensor x) => relu(x);
            }

            [Compressible(Emit = {{emit}})]
            public sealed partial class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(10, 10);
                private readonly Conv2d conv = Conv2d(3, 3, 3);
                private readonly BatchNorm2d norm = BatchNorm2d(3);
                private readonly Block block = new();
                private readonly ModuleList<Linear> layers = new();
                private readonly bool isEnabled = true;
                {{member}}
                {{constructor}}
                public override Tensor forward(Tensor x) { {{body}} }
            }
            """);

        Assert.Empty(code.Compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && !expected.Contains("STK0011", StringComparison.Ordinal)));
        Assert.Equal(expected, Describe(await code.AnalyzeAsync()));
    }

    private static string Describe(IEnumerable<Diagnostic> diagnostics) => string.Join("; ", diagnostics
        .OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)
        .Select(diagnostic => $"{diagnostic.Id} {diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan)}"));
}
