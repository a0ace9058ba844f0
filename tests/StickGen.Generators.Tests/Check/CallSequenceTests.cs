using Microsoft.CodeAnalysis.CSharp;
using StickGen.Cli.Calls;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Check;

/// <summary>
/// The walk over <c>forward</c> that emitted code is compared with, and the comparison. Nothing here is captured, so that the
/// walk stands on its own.
/// </summary>
public sealed class CallSequenceTests
{
    [Theory]
    [InlineData("return fc.forward(relu(conv.call(x)));", "conv relu fc")]
    [InlineData("x = x + conv.forward(x); x += 1; return -x;", "conv op_Addition op_Addition op_UnaryNegation")]
    [InlineData("return x.view(-1, 4).relu_().MoveToOuterDisposeScope();", "view relu_")]
    [InlineData("var y = new List<Tensor> { conv.forward(x), fc.forward(x) }; return cat(y, 1);", "conv fc cat")]
    [InlineData("return Helper(Helper(x));", "relu relu")]
    [InlineData("return Local(x); Tensor Local(Tensor y) => fc.forward(y);", "fc")]
    [InlineData("if (x.shape[0] > 1) x = conv.forward(x); else x = fc.forward(x); return x.T;", "conv fc T")]
    [InlineData("switch (x.dim()) { default: x = relu(x); break; case 2: x = fc.forward(x); break; } return x;", "fc relu")]
    [InlineData("return maybe?.forward(x) ?? ((Linear)any).forward(x);", "maybe any")]
    [InlineData("foreach (var layer in layers) x = layer.forward(x); return layers[0].forward(x);", "* layers")]
    [InlineData("return Named.forward(x[0]);", "index conv")]
    [InlineData("x[x > 0] = relu(x); x[0] *= fc.forward(x); return x;", "relu op_GreaterThan index_put_ index fc op_Multiply index_put_")]
    [InlineData("throw new Exception(nameof(x));", "")]
    public void Calls_are_read_in_the_order_of_evaluation(string body, string expected)
    {
        var compilation = GeneratorRun.CompileUser($$"""
            public class Net : Module<Tensor, Tensor>
            {
                private readonly Conv2d conv = Conv2d(1, 1, 1);
                private readonly Linear fc = Linear(1, 1);
                private readonly Linear? maybe = null;
                private readonly Module<Tensor, Tensor> any = ReLU();
                private readonly ModuleList<Linear> layers = new();
                private Conv2d Named => conv;
                public Net() : base("net") => RegisterComponents();
                private static Tensor Helper(Tensor x) => relu(x);
                public override Tensor forward(Tensor x) { {{body}} }
            }
            """);
        var type = compilation.GetTypeByMetadataName("Zoo.Net")!;

        var calls = SourceCalls.Of(type, compilation);

        Assert.Equal(expected, string.Join(" ", calls.Select(call => call.Name ?? "*")));
    }

    private const string Emitted = """
        partial class Net
        {
            public static class Graph
            {
                internal static SymbolicTensor Replay(Net model, Tracer t, SymbolicTensor x)
                {
                    t.At("return fc.forward(relu(conv.forward(x)).flatten(1));");
                    var v1 = t.Module(1, "conv", ((Conv2d)model.conv), x);
                    var v2 = t.Relu(2, v1);
                    var v3 = t.Flatten(3, v2, start_dim: 1);
                    var v4 = t.Module(4, "fc", model.fc!, v3);
                    t.Site("conv_relu", 1, 2);
                    t.Site("fc", 4);
                    return v4;
                }
            }
            public sealed class FakeQuantized
            {
                public override Tensor forward(Tensor x)
                {
                    var v0 = units.x.forward(x);
                    var v2 = units.conv_relu.forward(v0);
                    var v3 = v2.flatten(1);
                    var v4 = units.fc.forward(v3);
                    return v4;
                }
            }
        }
        """;

    [Fact]
    public void Calls_are_read_off_emitted_code()
    {
        var code = Read(Emitted);

        Assert.Equal(["conv", "relu", "flatten", "fc"], code.Replayed.Select(call => call.Call.Name!));
        Assert.Null(code.VariantProblem());
    }

    [Theory]
    [InlineData("conv relu flatten fc", null)]
    [InlineData("conv relu flatten", "goes on with the module fc")]
    [InlineData("conv relu flatten fc softmax", "ends where forward goes on with softmax")]
    [InlineData("conv flatten relu fc", "calls relu where forward calls flatten")]
    [InlineData("fc relu flatten fc", "calls the module conv where forward calls the module fc")]
    [InlineData("* relu flatten fc", null)]
    public void A_difference_is_named(string written, string? expected)
    {
        Call[] calls = [.. written.Split(' ').Select(name => new Call(name is "conv" or "fc" or "*", name == "*" ? null : name, 1))];

        var difference = CallSequence.Difference(calls, Read(Emitted).Replayed, "Net");

        if (expected is null)
            Assert.Null(difference);
        else
            Assert.Contains(expected, difference);
    }

    [Theory]
    [InlineData("var v3 = v2.flatten(1);", "var v3 = v2;", "v3")]
    [InlineData("var v2 = units.conv_relu.forward(v0);", "var v2 = v0;", "conv_relu")]
    [InlineData("var v4 = units.fc.forward(v3);", "var v4 = units.fc.forward(v3); v4 = units.fc.forward(v4);", "a node that occurs twice")]
    public void A_variant_that_leaves_out_a_node_or_repeats_it_is_found(string line, string damaged, string expected)
    {
        Assert.Contains(expected, Read(Emitted.Replace(line, damaged)).VariantProblem());
    }

    [Theory]
    [InlineData("relu_", "Relu", true)]
    [InlineData("op_Addition", "AddScaled", true)]
    [InlineData("view", "Reshape", true)]
    [InlineData("T", "MatrixTranspose", true)]
    [InlineData("max_pool2d", "MaxPool2d", true)]
    [InlineData("sigmoid", "Tanh", false)]
    [InlineData("op_Subtraction", "Add", false)]
    public void Names_of_operations_are_those_of_their_kinds(string written, string tracer, bool expected) =>
        Assert.Equal(expected, OperationNames.IsCallOf(written, OperationNames.KindOf(tracer)));

    [Fact]
    public void Elements_of_one_list_are_one_call()
    {
        var code = Read("""
            partial class Net { static class Graph { static SymbolicTensor Replay(Net model, Tracer t, SymbolicTensor x) {
                var v1 = t.Chunk(1, x, 0, 2);
                var v2 = t.Chunk(2, x, 1, 2);
                var v3 = t.State(3, "scale", model.scale);
                t.Arguments(4, v2, v3);
                var v4 = t.Mul(4, v2, v3);
                foreach (var layer in t.Each("layers", model.layers))
                    v4 = t.Module(5, layer, v4);
                return t.Function(6, "sigmoid", [v4]); } } }
            """);
        Call[] written = [new(false, "chunk"), new(false, "op_Multiply"), new(true, null), new(false, "sigmoid")];

        Assert.Null(CallSequence.Difference(written, code.Replayed, "Net"));
    }

    private static EmittedCode Read(string source) => new([CSharpSyntaxTree.ParseText(source)]);
}
