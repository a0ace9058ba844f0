using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Capture;

/// <summary>What the capture says of code that it cannot take, and where.</summary>
public class ProblemTests
{
    private const string Members = """
        private readonly Conv2d conv = Conv2d(3, 3, 3), other = Conv2d(3, 3, 3);
        private readonly LSTM lstm = LSTM(3, 3);
        private int calls;
        private Tensor? cache;
        public Net() : base("Net") => RegisterComponents();
        private void Fuse() => conv.weight!.zero_();
        """;

    [Theory]
    [InlineData("[Bits(weights: 9)] private readonly Conv2d own = Conv2d(3, 3, 3);", "STK0026 at 'Bits(weights: 9)': [Bits] of 'own' asks for 9 bits of weights; 1 to 8 are possible")]
    [InlineData("[Bits(4, -1)] private readonly Conv2d own = Conv2d(3, 3, 3);", "STK0026 at 'Bits(4, -1)': [Bits] of 'own' asks for -1 bits of activations; 1 to 8 are possible")]
    [InlineData("[Bits] private readonly Conv2d own = Conv2d(3, 3, 3);", "STK0026 at 'Bits': [Bits] of 'own' asks for nothing; give bits of the weights, of the result, or of both")]
    [InlineData("[Bits(4)] private readonly int own;", "STK0026 at 'Bits(4)': [Bits] of 'own' has no effect: it is no module that the class keeps in a field or an auto-property")]
    [InlineData("[Bits(4)] private Conv2d Own => conv;", "STK0026 at 'Bits(4)': [Bits] of 'Own' has no effect: it is no module that the class keeps in a field or an auto-property")]
    [InlineData("[Bits(4)] private static readonly Conv2d own = Conv2d(3, 3, 3);", "STK0026 at 'Bits(4)': [Bits] of 'own' has no effect: it is no module that the class keeps in a field or an auto-property")]
    [InlineData("[Bits(1, 8)] private readonly Conv2d own = Conv2d(3, 3, 3);", "")]
    public void Bits(string member, string expected)
    {
        var result = CaptureRun.Model($$"""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                {{Members}}
                {{member}}
                public override Tensor forward(Tensor x) => conv.forward(x);
            }
            """);
        Assert.Equal(expected, CaptureRun.Describe(result.Problems));
        Assert.Equal(expected.Length == 0, result.Model is not null);
    }

    [Theory]
    [InlineData("foreach (var c in children()) x = relu(x); return x;", "STK0005 at 'children()': forward of 'Net' cannot be captured: it loops over what is registered in the module itself, where a variant has more")]
    [InlineData("for (var i = 0; i < x.sum().item<int>(); i++) x = relu(x); return x;", "STK0010 at 'i < x.sum().item<int>()': it loops over the values of a tensor")]
    [InlineData("for (;;) x = relu(x); return x;", "STK0010 at 'for (;;) x = relu(x);': a 'for' has to declare what it counts, and when it ends")]
    [InlineData("var last = conv; foreach (var c in new[] { conv, conv }) { x = last.forward(x); last = c; } return x;", "STK0010 at 'new[] { conv, conv }': what 'last' is depends on how often this loop has run, which is not supported yet")]
    [InlineData("var y = x; foreach (var c in new[] { conv, conv }) x.add_(y); return x;", "STK0010 at 'x.add_(y)': it writes into a tensor that may also be in a list, or in another variable")]
    [InlineData("foreach (var c in new[] { conv, conv }) x = Early(c, x); return x; Tensor Early(Conv2d c, Tensor y) { for (int i = 0; i < 2; i++) return c.forward(y); return y; }", "STK0010 at 'i < 2': this helper returns from inside of a loop")]
    [InlineData("while (x.shape[0] > 1) x = relu(x); return x;", "STK0010 at 'x.shape[0] > 1': 'while' is not supported")]
    [InlineData("try { return x; } finally { }", "STK0010 at 'try { return x; } finally { }': 'try' is not supported")]
    [InlineData("calls = 3; return x;", "STK0010 at 'calls': it writes 'calls', a member of the module")]
    [InlineData("calls++; return x;", "STK0010 at 'calls': it writes 'calls', a member of the module")]
    [InlineData("cache = relu(x); return x;", "STK0010 at 'cache': it writes 'cache', a member of the module")]
    [InlineData("return Conv2d(3, 3, 3).forward(x);", "STK0010 at 'Conv2d(3, 3, 3)': a module is created in forward")]
    [InlineData("return forward(x);", "STK0005 at 'forward(x)': forward of 'Net' cannot be captured: it calls itself")]
    [InlineData("Tensor F(Tensor y) => F(y); return F(x);", "STK0010 at 'F(y)': 'F' calls itself")]
    [InlineData("Fuse(); return conv.forward(x);", "STK0010 at 'Fuse()': 'Fuse' may change modules or parameters of the class, of which a variant has its own")]
    [InlineData("var s = \"a\"; s += \"b\"; return x;", "STK0010 at 's += \"b\"': 's += \"b\"' is not understood")]
    [InlineData("var y = new List<Tensor> { x }; y.RemoveAll(t => t.dim() > 2); return cat(y, 1);", "STK0010 at 'y.RemoveAll(t => t.dim() > 2)': it is not known which tensors 'y' holds after it")]
    [InlineData("return unknown(x);", "STK0005 at 'unknown(x)': forward of 'Net' cannot be captured: the code has errors")]
    [InlineData("x[0] = 1; return x;", "STK0015 at 'x[0]': part of the forward of 'Net' is kept as it is written, because it assigns to 'x[0]', a part of a tensor, which changes every other view of that tensor; build a new one with cat, where or masked_fill")]
    [InlineData("var conv2 = calls > 0 ? conv : other; return conv2.forward(x);", "STK0010 at 'calls > 0 ? conv : other': a conditional tensor ('?:') is not supported yet")]
    [InlineData("var n = (from d in x.shape select d).Count(); return x.view(n);", "STK0005 at 'from d in x.shape select d': forward of 'Net' cannot be captured: a query is not supported; call the methods")]
    [InlineData("using (no_grad()) x = relu(x); return x;", "STK0010 at 'no_grad()': 'using' of 'no_grad()' is not supported, only of tensors and dispose scopes")]
    [InlineData("Tensor F(Tensor y) { lock (y) return y; } return F(F(x));", "STK0010 at 'lock (y) return y;': 'lock' is not supported")]
    [InlineData("return x.view(Hidden.Size);", "STK0005 at 'Size': forward of 'Net' cannot be captured: 'Hidden' is file-local, and so cannot be used in emitted code")]
    [InlineData("return x.cumsum(1);", "STK0006 at 'x.cumsum(1)': 'x.cumsum(1)' is kept as it is in the trainable variants, but the integer model has no kernel for it: Convert will refuse the model")]
    public void Forward(string body, string expected)
    {
        var result = CaptureRun.Model($$"""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                {{Members}}
                public override Tensor forward(Tensor x) { {{body}} }
            }
            file static class Hidden { public const int Size = 3; }
            """);
        var problems = CaptureRun.Describe([.. result.Problems.Where(problem => problem.Descriptor.Id != "STK0006" || expected.StartsWith("STK0006", StringComparison.Ordinal))]);
        if (expected.StartsWith("STK0010", StringComparison.Ordinal))
            CaptureRun.AssertKept(expected["STK0010 at '".Length..expected.IndexOf("': ", StringComparison.Ordinal)], expected[(expected.IndexOf("': ", StringComparison.Ordinal) + 3)..], result);
        else
            Assert.Equal(expected, problems);
        Assert.Equal(!expected.StartsWith("STK0005", StringComparison.Ordinal), result.Model is not null);
    }

    [Fact]
    public void Every_problem_of_a_forward_is_found()
    {
        var result = CaptureRun.Model($$"""
            public partial class Net : Module<Tensor, Tensor>
            {
                {{Members}}
                public override Tensor forward(Tensor x)
                {
                    if (x.sum().item<float>() > 0) x = relu(x);
                    calls = 1;
                    while (true) { }
                }
            }
            """);
        Assert.Equal(["x.sum().item<float>() > 0", "calls", "true"], result.Problems.Select(p => p.Location.SourceTree!.GetText().ToString(p.Location.SourceSpan)));
    }

    [Theory]
    [InlineData("public class Net : Module<Tensor, Tensor>", "STK0001 at 'Net': 'Net' has to be partial: StickGen adds the variants of 'Net' to it")]
    [InlineData("file partial class Net : Module<Tensor, Tensor>", "STK0008 at 'Net': 'Net' is file-local: a generated file cannot add to it; remove the modifier 'file'")]
    [InlineData("public class Outer { public partial class Net : Module<Tensor, Tensor>", "STK0001 at 'Outer': 'Outer' has to be partial: StickGen adds the variants of 'Net' to it", "}")]
    public void Declaration(string header, string expected, string end = "")
    {
        var result = CaptureRun.Model($$"""
            {{header}}
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }
            {{end}}
            """);
        Assert.Equal(expected, CaptureRun.Describe(result.Problems));
        Assert.Null(result.Model);
    }

    [Theory]
    [InlineData("public partial class Net;", "STK0002 at 'Net': 'Net' cannot be compressed: it does not derive from a TorchSharp module")]
    [InlineData("public abstract partial class Net : Module<Tensor, Tensor> { protected Net() : base(\"\") { } }", "STK0002 at 'Net': 'Net' cannot be compressed: it has no override of forward with a body")]
    [InlineData("public partial class Net : Module<Tensor, Tensor> { int Graph; public Net() : base(\"\") { } public override Tensor forward(Tensor x) => x; }", "STK0004 at 'Graph': 'Net' cannot have a member named 'Graph': StickGen emits one of that name; rename it")]
    [InlineData("public partial class Net<Quantized> : Module<Tensor, Tensor> { public Net() : base(\"\") { } public override Tensor forward(Tensor x) => x; }", "STK0004 at 'Net': 'Net' cannot have a member named 'Quantized': StickGen emits one of that name; rename it")]
    [InlineData("public partial class Net : Module<Tensor, Tensor> { Linear fc = Linear(1, 1); public Net() : base(\"\") { } public override Tensor forward(Tensor x) => fc.forward(x); }", "STK0003 at 'Net': 'Net' never calls RegisterComponents: its modules are not found by training, saving and compression; call it at the end of the constructor")]
    [InlineData("public partial class Net : Module<Tensor, Tensor> { Linear fc { get; } = Linear(1, 1); public Net() : base(\"\") => RegisterComponents(); public override Tensor forward(Tensor x) => fc.forward(x); }", "STK0009 at 'fc': The weights of 'fc' are saved under '<fc>k__BackingField', because TorchSharp registers the field behind the auto-property; use a field")]
    public void Class(string source, string expected) => Assert.Equal(expected, CaptureRun.Describe(CaptureRun.Model(source).Problems));

    [Theory]
    [InlineData("InputShape(\"batch\", 0)", "a size has to be at least 1, and 0 is not; name a dynamic dimension, such as \"batch\"")]
    [InlineData("InputShape(\"4·batch\")", "a dimension cannot have the name '4·batch': '?' is an unknown size, and '·' is in multiples such as '4·sequence'")]
    [InlineData("InputShape(-1L)", "a size has to be at least 1, and -1 is not; name a dynamic dimension, such as \"batch\"")]
    [InlineData("InputShape(1.5)", "a dimension is a size (int or long) or a name (string)")]
    [InlineData("InputShape(\" \")", "a dimension is a size (int or long) or a name (string)")]
    [InlineData("InputShape(\"?\")", "a dimension cannot have the name '?': '?' is an unknown size, and '\u00b7' is in multiples such as '4\u00b7sequence'")]
    [InlineData("InputShape(null!)", "its dimensions have to be given as constants")]
    [InlineData("InputShape(1, Parameter = \"y\")", "forward has no parameter named 'y'")]
    [InlineData("InputShape(1), InputShape(2)", "there are more shapes than parameters of forward, which has 1")]
    [InlineData("InputShape(1), InputShape(2, Parameter = \"x\")", "the parameter 'x' has two shapes")]
    public void Input_shape(string attributes, string expected)
    {
        var result = CaptureRun.Model($$"""
            [{{attributes}}]
            public partial class Net : Module<Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }
            """);
        Assert.Equal("[InputShape] is malformed: " + expected, result.Problems.Single().ToDiagnostic().GetMessage());
        Assert.Null(result.Model);
    }

    [Fact]
    public void What_was_emitted_already_is_no_clash()
    {
        var compilation = GeneratorRun.CompileUser("""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x) => relu(x);
            }
            """);
        GeneratorRun.Driver().RunGeneratorsAndUpdateCompilation(compilation, out var output, out _);
        var type = output.GetTypeByMetadataName("Zoo.Net")!;
        Assert.NotEmpty(type.GetMembers("Graph"));
        Assert.Empty(StickGen.Capture.ModelCapture.Capture(type, output, CancellationToken.None).Problems);
    }

    [Fact]
    public void Registration_through_a_base_class_counts()
    {
        var result = CaptureRun.Model("""
            public abstract class Base : Module<Tensor, Tensor> { protected Base() : base("Net") => Init(); private void Init() => this.RegisterComponents(); }
            public partial class Net : Base { Linear fc = Linear(1, 1); public override Tensor forward(Tensor x) => fc.forward(x); }
            """);
        Assert.Empty(result.Problems);
    }

    /// <summary>Without nullable annotations an input that is tested for null may be null.</summary>
    [Fact]
    public void An_input_that_is_tested_for_null_is_optional()
    {
        var result = CaptureRun.Model("""
            #nullable disable
            [Compressible]
            public partial class Net : Module<Tensor, Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x, Tensor mask)
                {
                    if (mask is not null)
                        x = x + mask;
                    return x;
                }
            }
            """);
        Assert.Empty(result.Problems);
        Assert.Equal([false, true], result.Model!.Forward.Parameters.Select(parameter => parameter.IsOptional));
    }
}
