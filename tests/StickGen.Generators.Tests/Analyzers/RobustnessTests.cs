using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StickGen.Generators.Tests.Deployment;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>While a user types, most of the time the code does not compile.</summary>
public sealed class RobustnessTests
{
    private const string Source = """
        using StickGen.Units;

        namespace Zoo;

        [DeployedModel("lenet5.model.json")]
        public sealed partial class Digits
        {
            public static Digits Load() => Load("lenet5.safetensors");
        }

        [Compressible, InputShape("batch", 8, 32, 32)]
        public sealed partial class Block : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv;
            private readonly BatchNorm2d bn;
            private Linear Fc { get; } = Linear(8, 10);

            public Block(int channels) : base(nameof(Block))
            {
                conv = Conv2d(channels, channels, 3, padding: 1);
                bn = BatchNorm2d(channels);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                using var scope = NewDisposeScope();
                var y = relu(bn.forward(conv.forward(x)));
                y += x;
                return Head(y).MoveToOuterDisposeScope();
            }

            private Tensor Head(Tensor x) => Fc.forward(x.mean([2, 3]).view(x.shape[0], 8));
        }

        [RewriteRule(Benefit = 4)]
        public static partial class ConvBatchNormRelu
        {
            [Match] private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => relu(bn.forward(conv.forward(x)));
            [Where] private static bool IsSupported(Conv2d conv) => conv.padding_mode == PaddingModes.Zeros;
            [Replace] private static Unit With(Site site, Conv2d conv, BatchNorm2d bn) => new ConvUnit(site, conv, bn);
        }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_generator_and_no_analyzer_throws(int seed)
    {
        var random = new Random(seed);
        var tokens = CSharpSyntaxTree.ParseText(Source).GetRoot().DescendantTokens().Select(token => token.ToFullString()).ToList();
        for (var i = 0; i < 30; i++)
        {
            var source = Mutate(tokens, random);
            var code = new UserCode(source, files: ("lenet5.model.json", Signatures.LeNet5));

            Assert.DoesNotContain(code.GeneratorDiagnostics, diagnostic => diagnostic.Id == "CS8785");
            Assert.True((await code.AnalyzeAsync()).All(diagnostic => diagnostic.Id != "AD0001"), source);
        }
    }

    private static string Mutate(List<string> tokens, Random random)
    {
        var mutated = tokens.ToList();
        for (var edits = random.Next(1, 4); edits > 0 && mutated.Count > 1; edits--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(5))
            {
                case 0:
                    mutated.RemoveAt(at);
                    break;
                case 1:
                    mutated.Insert(at, mutated[random.Next(mutated.Count)]);
                    break;
                case 2:
                    var other = random.Next(mutated.Count);
                    (mutated[at], mutated[other]) = (mutated[other], mutated[at]);
                    break;
                case 3:
                    mutated.InsertRange(at, mutated.GetRange(at, Math.Min(30, mutated.Count - at)));
                    break;
                default:
                    if (random.Next(4) == 0)
                        mutated.RemoveRange(at, mutated.Count - at);
                    break;
            }
        }

        return string.Concat(mutated);
    }
}
