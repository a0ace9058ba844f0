using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Editing;

/// <summary>The code of a graph compiles, and computes what the model computes.</summary>
public sealed class GraphCodeTests : IDisposable
{
    private static readonly MetadataReference[] references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string, long[]> Models => new()
    {
        { nameof(LeNet5), [2, 1, 28, 28] },
        { nameof(ResidualNet), [2, 6, 9, 7] },
        { nameof(MobileNetV2), [2, 3, 32, 32] },
        { nameof(ResNet), [2, 3, 32, 32] },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void It_computes_what_the_model_computes(string name, long[] shape)
    {
        random.manual_seed(1);
        using var model = Model(name);
        model.eval();
        var x = Data.Normal(3, shape);
        var graph = Tracer.Trace((ICompressible)model, new Shape([.. shape.Select((size, i) => i == 0 ? Dimension.Named("batch") : size)]));

        var code = Compile(graph.ToCSharp("Code"));

        Data.AssertClose(((nn.Module<Tensor, Tensor>)model).forward(x), Forward(code, model, x), 1e-5);
    }

    [Fact]
    public void An_edit_is_in_the_code()
    {
        random.manual_seed(1);
        using var model = new LeNet5();
        var x = Data.Normal(3, 2, 1, 28, 28);
        var editor = new GraphEditor(Tracer.Trace(model));
        editor.InsertAfter(editor.Graph.Outputs[0].Name, "scaled", new Arithmetic(ArithmeticFunction.Multiply, 0.5));
        editor.InsertAfter("scaled", "bounded", new Elementwise(ElementFunction.Clamp, -1, 0.25));
        Data.AssertClose(model.forward(x).mul(0.5).clamp(-1, 0.25), Forward(Compile(editor.Graph.ToCSharp("Code")), model, x), 1e-6);
    }

    [Fact]
    public void What_there_is_no_code_for_is_named()
    {
        var graph = new ModelGraph("Net");
        graph.AddOutput(graph.Add("odd", new Opaque("x.erfinv()"), [graph.AddInput("x", new Shape("batch", 4))]));
        var error = Assert.Throws<CompressionException>(() => graph.ToCSharp());
        Assert.StartsWith("There is no code for the node 'odd'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_all_sorts_become_identifiers()
    {
        var graph = new ModelGraph("My.Net-2");
        var x = graph.AddInput("class", new Shape("batch", 4));
        var y = graph.Add("1.relu", new Activate(Activation.Relu), [x]);
        var z = graph.Add("state", new Activate(Activation.Relu6), [y]);
        graph.AddOutput(graph.Add("_1_relu", new Operations.Add(), [z, x]));
        graph.AddOutput(z);
        Compile(graph.ToCSharp());
    }

    private static Tensor Forward(MethodInfo code, nn.Module model, Tensor x) => (Tensor)code.Invoke(null, [model.state_dict(), x])!;

    private static nn.Module Model(string name) => name switch
    {
        nameof(LeNet5) => new LeNet5(),
        nameof(ResidualNet) => new ResidualNet(),
        nameof(MobileNetV2) => new MobileNetV2(),
        nameof(ResNet) => new ResNet([1, 1, 1, 1], hasBottlenecks: false),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such model"),
    };

    private static MethodInfo Compile(string code)
    {
        var compilation = CSharpCompilation.Create(
            "Code" + Guid.NewGuid().ToString("N"), [CSharpSyntaxTree.ParseText(code)], references,
            new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics) + "\n" + code);
        Assert.DoesNotContain(result.Diagnostics, diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning && diagnostic.Id.StartsWith("CS8", StringComparison.Ordinal));
        image.Position = 0;
        return Assert.Single(AssemblyLoadContext.Default.LoadFromStream(image).GetExportedTypes()).GetMethod("Forward")!;
    }
}
