using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StickGen.Capture;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Capture;

/// <summary>
/// Damages code as an unfinished edit does: the capture must neither throw nor run into an error of its own, whatever the
/// code looks like. <c>STICKGEN_FUZZ=20000</c> runs more mutations than the default.
/// </summary>
public class FuzzTests
{
    private const string Corpus = """
        [Compressible(Emit = Variants.All), InputShape("batch", 3, 32, 32, Parameter = "x")]
        public sealed partial class Net(int features) : Module<Tensor, Tensor>("Net")
        {
            private readonly Conv2d conv1 = Conv2d(3, 8, 3), conv2 = Conv2d(8, 8, 3);
            [KeepFloat] private readonly BatchNorm2d bn = BatchNorm2d(8);
            private readonly ModuleList<Module<Tensor, Tensor>> layers = new();
            private readonly Parameter scale = Parameter(ones(8));
            public Linear Head { get; } = Linear(8, 8);
            private readonly Module<Tensor, Tensor>? down = Conv2d(8, 8, 1);
            private int calls;

            private Tensor Early(Tensor x) { if (down is null) return x; var y = calls > 1 ? relu(x) : x; return y + x; }

            private static Tuple<Tensor, Tensor> Pair(Tensor x, int? times = null) { times ??= 2; return new(x * times.Value, x); }

            private Tensor forward(Tensor x, int times) => Head.forward(x) * times;

            private Tensor Stem(Tensor x, int times) => relu(bn.forward(conv1.forward(x))).view(x.shape[0], times, -1);

            public override Tensor forward(Tensor x)
            {
                using var scope = NewDisposeScope();
                var shortcut = x;
                x = Stem(x, times: features);
                using (var y = conv2.forward(x)) { x += y.mul_(2); }
                var list = new List<Tensor> { x, shortcut.add(scale) };
                list.Add(layers[0].call(x));
                (x, shortcut) = (cat(list.ToArray(), dim: 1), x.alias());
                long n = x.size(0), rest = (int)x.shape[^1] * 2;
                Tensor Local(Tensor t) => t.reshape([n, rest, -1]).relu_();
                if (down is { } d) x = d.forward(x); else if (calls == 2 && training) { n = 3; x = relu(x); } else { throw new Exception(); }
                if (x.shape[1] > 3) return calls switch { 1 => x, 2 when training => down?.forward(x) ?? x, _ => throw new Exception() };
                switch (calls) { case 1: n = 2; break; case > 3 or 2: x = Early(x); break; default: return x; }
                if (calls > 0) foreach (var layer in layers) x = layer.forward(x);
                for (int i = layers.Count - 1; i >= 0; i--) { if (i == calls) continue; var layer = layers[i]; list.Add(layer.forward(list[^1])); x = cat(list, 1); n++; }
                foreach (var (first, second) in layers.Zip(layers)) { (x, shortcut) = (shortcut, first.forward(x)); if (calls > 2) break; }
                foreach (var layer in layers) { if (layer is Net inner) x = inner.forward(x); else x = nn.Identity().forward(forward(x, 2)); }
                var (left, right) = Pair(x);
                left[.., TensorIndex.Tensor(right > 0)] *= scale.size()[0] > 2 ? 2 : 3;
                var z = shortcut is null ? x : softmax(Local(x) * 2, 1);
                return Head.forward(functional.dropout(z, p: 0.5, training: training).flatten(1)).MoveToOuterDisposeScope();
            }
        }

        [RewriteRule(Benefit = 3)]
        public static partial class Rule
        {
            [Match] private static Tensor Pattern(Tensor x, Tensor y, Conv2d conv) { var z = conv.forward(x); z += y; return relu(z); }
            [Where] private static bool Holds(Conv2d conv) => conv.groups == 1;
            [Replace] private static StickGen.Units.Unit With(StickGen.Units.Site site, Conv2d conv) => null!;
        }
        """;

    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("STICKGEN_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 500;

    [Fact]
    public void Code_on_which_the_compiler_fails_has_errors()
    {
        var compilation = GeneratorRun.CompileUser(Corpus.Replace("(x, shortcut) = (cat", "(x, => ) = (cat", StringComparison.Ordinal));
        var problems = ModelCapture.Capture(compilation.GetTypeByMetadataName("Net") ?? Types(compilation.Assembly.GlobalNamespace).Single(type => type.Name == "Net"), compilation, CancellationToken.None).Problems;
        Assert.NotEmpty(problems);
        Assert.DoesNotContain(problems, problem => problem.Arguments.Any(argument => argument.Contains("internal error", StringComparison.Ordinal)));
    }

    [Fact]
    public void Damaged_code_is_captured_or_refused()
    {
        var tokens = SyntaxFactory.ParseTokens(Corpus, options: References.ParseOptions).Select(token => token.ToFullString()).ToArray();
        var random = new Random(1);
        for (var i = 0; i < Count; i++)
        {
            var code = Mutate(tokens, random);
            var compilation = GeneratorRun.CompileUser(code);
            foreach (var type in Types(compilation.Assembly.GlobalNamespace))
            {
                var problems = ModelCapture.Capture(type, compilation, CancellationToken.None).Problems
                    .Concat(RuleCapture.Capture(type, compilation, CancellationToken.None).Problems);
                var error = problems.FirstOrDefault(problem => problem.Arguments.Any(a => a.Contains("internal error", StringComparison.Ordinal)));
                Assert.True(error is null, $"{error?.ToDiagnostic()}\n{code}");
            }

            if (i % 10 == 0)
                Assert.Null(GeneratorRun.Driver().RunGenerators(compilation).GetRunResult().Results.Single().Exception);
        }
    }

    private static string Mutate(string[] tokens, Random random)
    {
        var mutated = tokens.ToList();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            var (at, other) = (random.Next(mutated.Count), random.Next(mutated.Count));
            switch (random.Next(5))
            {
                case 0:
                    mutated.RemoveAt(at);
                    break;
                case 1:
                    (mutated[at], mutated[other]) = (mutated[other], mutated[at]);
                    break;
                case 2:
                    mutated.Insert(at, mutated[other]);
                    break;
                case 3:
                    mutated.RemoveRange(at, Math.Min(random.Next(12), mutated.Count - at));
                    break;
                default:
                    if (random.Next(4) == 0)
                        mutated.RemoveRange(at, mutated.Count - at);
                    break;
            }

            if (mutated.Count == 0)
                break;
        }

        return string.Concat(mutated);
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container) => container.GetMembers().OfType<INamespaceOrTypeSymbol>()
        .SelectMany(member => member is INamedTypeSymbol type ? Types(type).Prepend(type) : Types(member));
}
