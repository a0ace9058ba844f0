using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>Loops over modules and numbers: they are loops in the emitted variants too.</summary>
public class LoopTests
{
    [Fact]
    public Task Over_modules() => Verify("""
        public override Tensor forward(Tensor x)
        {
            x = stem.forward(x);
            foreach (var conv in convs)
                x = relu(conv.forward(x));
            foreach (var block in blocks)
                x = block.forward(x);
            for (int i = 0; i < layers.Count; i++)
            {
                var identity = x;
                x = layers[i].forward(x) + identity;
            }

            return head.forward(x);
        }
        """);

    [Fact]
    public Task Values_that_change_places() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var previous = x;
            var current = stem.forward(x);
            var constant = relu(current);
            foreach (var conv in convs)
            {
                (previous, current) = (current, previous);
                current = conv.forward(current) + previous + constant;
            }

            for (var i = 0; i < depth; i++)
            {
                previous = current;
                current = relu(current + constant);
            }

            return previous + current;
        }
        """);

    [Fact]
    public Task Lists() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var outputs = new List<Tensor> { x };
            foreach (var conv in convs)
                outputs.Add(conv.forward(outputs[^1]));
            x = cat(outputs, 1);
            var grown = x;
            for (int i = 0; i < blocks.Count; i++)
            {
                var y = blocks[i].forward(grown);
                grown = cat([grown, y], 1);
                if (taps.Contains(i))
                    outputs.Insert(0, y);
            }

            var sum = outputs[0];
            foreach (var output in outputs.Skip(1))
                sum = sum + output;
            return cat(new[] { sum, outputs[depth], stack(outputs.ToArray(), 0).mean([0]) }, 1);
        }
        """);

    [Fact]
    public Task Indexes_conditions_and_jumps() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var skips = new List<Tensor>();
            for (int i = 0; i < layers.Count; i++)
            {
                if (i == depth)
                    break;
                x = layers[i].forward(x);
                if (i % 2 == 0)
                    continue;
                skips.Add(x);
                x = max_pool2d(x, 2);
            }

            for (int i = convs.Count - 1, k = 0; i >= 0; i--, k++)
            {
                var conv = convs[i];
                x = conv.forward(cat([x, skips[skips.Count - 1 - k]], 1));
                if (i > 0)
                    x = relu(x);
            }

            var count = 0;
            foreach (var block in blocks.Reverse())
            {
                for (var j = 0; j < depth; j += 2)
                {
                    count++;
                    if (count > 3)
                        return x;
                    x = block.forward(x) + convs[^1].forward(x);
                }
            }

            return x;
        }
        """);

    [Fact]
    public Task Dictionaries_and_children() => Verify("""
        public override Tensor forward(Tensor x)
        {
            foreach (var (name, head) in heads)
                x = name == "relu" ? relu(x) : head.forward(x);
            foreach (Module<Tensor, Tensor> child in features.children())
                x = child.forward(x);
            foreach (var (_, child) in features.named_children())
                x = ((Module<Tensor, Tensor>)child).forward(x);
            foreach (var pair in convs.Zip(blocks))
                x = pair.Second.forward(pair.First.forward(x));
            foreach (var i in Enumerable.Range(0, depth).Reverse())
                x = convs[i].forward(layers.Last().forward(x));
            return x;
        }
        """);

    [Fact]
    public Task Queries() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var parts = new List<Tensor> { x };
            parts.AddRange(convs.Select(conv => conv.forward(x)).ToList());
            x = cat(parts, 1) + cat(convs.Select(c => relu(c.forward(x))).ToArray(), 1);
            return head.forward(blocks.Aggregate(x, (y, block) => block.forward(y)));
        }
        """);

    [Theory]
    [InlineData("foreach (var b in layers.OfType<Block>()) x = b.forward(x); return x;", "Block")]
    public void Types_that_variants_do_not_have(string body, string place)
    {
        var result = CaptureRun.Model(Source($$"""public override Tensor forward(Tensor x) { {{body}} }"""));
        Assert.Equal(
            $"STK0005 at '{place}': forward of 'Net' cannot be captured: it names the type 'Block', which is compressible: in a variant its instances are variants, of another type",
            CaptureRun.Describe(result.Problems));
    }

    private static string Source(string members) => $$"""
        [Compressible]
        public sealed partial class Block : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(8, 8, 3, padding: 1);

            public Block() : base("Block") => RegisterComponents();

            public override Tensor forward(Tensor x) => relu(conv.forward(x)) + x;
        }

        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Conv2d stem = Conv2d(3, 8, 3);
            private readonly Conv2d head = Conv2d(8, 8, 3);
            private readonly ModuleList<Conv2d> convs = new();
            private readonly ModuleList<Block> blocks = new();
            private readonly ModuleList<Module<Tensor, Tensor>> layers = new();
            private readonly ModuleDict<Conv2d> heads = new();
            private readonly Sequential features = Sequential(Conv2d(3, 3, 1), ReLU());
            private readonly int depth;
            private readonly int[] taps = [1, 2];

            public Net(int depth) : base("Net")
            {
                this.depth = depth;
                RegisterComponents();
            }

        {{members}}
        }
        """;

    private static Task Verify(
        string members,
        [System.Runtime.CompilerServices.CallerFilePath] string sourceFile = "",
        [System.Runtime.CompilerServices.CallerMemberName] string method = "") =>
        GeneratorRun.VerifyBodies(Source(members), sourceFile, method);
}
