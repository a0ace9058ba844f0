using System.Collections.Immutable;
using System.Globalization;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Benchmarks.Generator;

/// <summary>A project as a user has it: models in files of their own, and a file that is about something else.</summary>
internal static class UserProject
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using StickGen;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;
        using static TorchSharp.torch.nn.functional;

        namespace Models;


        """;

    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);

    /// <summary>The assemblies that the models are compiled against, besides the framework.</summary>
    public static readonly ImmutableArray<string> Libraries =
    [
        typeof(CompressibleAttribute).Assembly.Location, typeof(Graphs.ModelGraph).Assembly.Location,
        typeof(TorchSharp.torch).Assembly.Location, typeof(Compression.ICompressible).Assembly.Location,
    ];

    private static readonly ImmutableArray<MetadataReference> references =
        [.. Net100.References.All, .. Libraries.Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly CSharpCompilationOptions options = new(
        OutputKind.DynamicallyLinkedLibrary,
        nullableContextOptions: NullableContextOptions.Enable,
        specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);

    /// <summary>The files: as many models as asked for, and one without.</summary>
    public static ImmutableArray<SyntaxTree> Parse(int models) =>
    [
        Tree("Elsewhere.cs", "namespace Models;\n\npublic static class Elsewhere\n{\n    public static int Answer() => 42;\n}\n"),
        .. Enumerable.Range(0, models).Select(i => Tree($"Model{i.ToString(CultureInfo.InvariantCulture)}.cs", Source(i))),
    ];

    /// <summary>A compilation in which nothing is bound yet.</summary>
    public static CSharpCompilation Compile(IEnumerable<SyntaxTree> trees) => CSharpCompilation.Create("Models", trees, references, options);

    /// <summary>A file with a text in place of another.</summary>
    public static SyntaxTree Edit(SyntaxTree tree, string text, string replacement)
    {
        var source = tree.GetText();
        var at = source.ToString().IndexOf(text, StringComparison.Ordinal);
        return at < 0
            ? throw new InvalidOperationException($"'{text}' is not in {tree.FilePath}.")
            : tree.WithChangedText(source.Replace(at, text.Length, replacement));
    }

    /// <summary>One of four sorts of models, as people write them: a residual block, a network with loops, one of attention, a plain classifier.</summary>
    public static string Source(int i)
    {
        var name = "Model" + i.ToString(CultureInfo.InvariantCulture);
        return Usings + (i % 4) switch
        {
            0 => $$"""
                /// <summary>A residual block.</summary>
                [Compressible, InputShape("batch", 16, 32, 32)]
                public sealed partial class {{name}} : Module<Tensor, Tensor>
                {
                    private readonly Conv2d conv1, conv2;
                    private readonly BatchNorm2d bn1, bn2;
                    private readonly Sequential? down;
                    private readonly bool activate;

                    public {{name}}(long channels = 16, long stride = 1, bool activate = true) : base("{{name}}")
                    {
                        conv1 = Conv2d(16, channels, 3, stride, 1, bias: false);
                        bn1 = BatchNorm2d(channels);
                        conv2 = Conv2d(channels, channels, 3, 1, 1, bias: false);
                        bn2 = BatchNorm2d(channels);
                        if (stride != 1 || channels != 16)
                            down = Sequential(Conv2d(16, channels, 1, stride, bias: false), BatchNorm2d(channels));
                        this.activate = activate;
                        RegisterComponents();
                    }

                    public override Tensor forward(Tensor x)
                    {
                        using var scope = NewDisposeScope();
                        var y = relu(bn1.forward(conv1.forward(x)));
                        y = bn2.forward(conv2.forward(y));
                        var shortcut = down is null ? x : down.forward(x);
                        y = y + shortcut;
                        if (activate)
                            y = relu(y);
                        return y.MoveToOuterDisposeScope();
                    }
                }

                """,
            1 => $$"""
                /// <summary>Stages of convolutions, of which all results are concatenated.</summary>
                [Compressible, InputShape("batch", 8, 16, 16)]
                public sealed partial class {{name}} : Module<Tensor, Tensor>
                {
                    private readonly ModuleList<Conv2d> stages = new();
                    private readonly Conv2d first, last;
                    private readonly Linear head;

                    public {{name}}(int depth = 3) : base("{{name}}")
                    {
                        first = Conv2d(8, 8, 1);
                        for (var i = 0; i < depth; i++)
                            stages.Add(Conv2d(8, 8, 3, padding: 1));
                        last = Conv2d(8 * (depth + 1), 8, 1);
                        head = Linear(8, 10);
                        RegisterComponents();
                    }

                    public override Tensor forward(Tensor x)
                    {
                        var results = new List<Tensor> { silu(first.forward(x)) };
                        foreach (var stage in stages)
                            results.Add(silu(stage.forward(results[^1])));
                        x = silu(last.forward(cat(results, 1)));
                        return Classify(x);
                    }

                    private Tensor Classify(Tensor x)
                    {
                        var pooled = adaptive_avg_pool2d(x, 1).flatten(1);
                        return head.forward(pooled);
                    }
                }

                """,
            2 => $$"""
                /// <summary>Attention over a sequence.</summary>
                [Compressible, InputShape("batch", 16, 32)]
                public sealed partial class {{name}} : Module<Tensor, Tensor>
                {
                    private readonly LayerNorm norm1 = LayerNorm(32), norm2 = LayerNorm(32);
                    private readonly Linear query = Linear(32, 32), key = Linear(32, 32), value = Linear(32, 32), output = Linear(32, 32);
                    private readonly Linear wide = Linear(32, 64), narrow = Linear(64, 32);
                    private readonly int heads = 4;

                    public {{name}}() : base("{{name}}") => RegisterComponents();

                    public override Tensor forward(Tensor x)
                    {
                        x = x + Attend(norm1.forward(x));
                        return x + narrow.forward(gelu(wide.forward(norm2.forward(x))));
                    }

                    private Tensor Attend(Tensor x)
                    {
                        var (batch, length) = (x.shape[0], x.shape[1]);
                        var q = query.forward(x).view(batch, length, heads, 32 / heads).transpose(1, 2);
                        var k = key.forward(x).view(batch, length, heads, 32 / heads).transpose(1, 2);
                        var v = value.forward(x).view(batch, length, heads, 32 / heads).transpose(1, 2);
                        var scores = softmax(q.matmul(k.transpose(2, 3)) * 0.35, -1);
                        return output.forward(scores.matmul(v).transpose(1, 2).contiguous().view(batch, length, 32));
                    }
                }

                """,
            _ => $$"""
                /// <summary>A classifier of images.</summary>
                [Compressible, InputShape("batch", 1, 28, 28)]
                public sealed partial class {{name}} : Module<Tensor, Tensor>
                {
                    private readonly Conv2d conv1 = Conv2d(1, 6, 5);
                    private readonly Conv2d conv2 = Conv2d(6, 16, 5);
                    private readonly MaxPool2d pool = MaxPool2d(2);
                    private readonly Linear fc1 = Linear(256, 120), fc2 = Linear(120, 84);
                    [KeepFloat] private readonly Linear fc3 = Linear(84, 10);

                    public {{name}}() : base("{{name}}") => RegisterComponents();

                    public override Tensor forward(Tensor x)
                    {
                        x = pool.forward(relu(conv1.forward(x)));
                        x = pool.forward(relu(conv2.forward(x)));
                        x = relu(fc1.forward(x.flatten(1)));
                        return fc3.forward(relu(fc2.forward(x)));
                    }
                }

                """,
        };
    }

    private static SyntaxTree Tree(string path, string source) => CSharpSyntaxTree.ParseText(source, ParseOptions, path);
}
