using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>The pruned variant, which is emitted where it is asked for.</summary>
public class PrunedTests
{
    [Fact]
    public Task Sizes_children_and_marks() => GeneratorRun.Verify("""
        [Compressible(Emit = Variants.All)]
        public sealed partial class Stage : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(8, 8, 3, padding: 1);

            public Stage() : base(nameof(Stage)) => RegisterComponents();

            public override Tensor forward(Tensor x) => relu(conv.forward(x)) + x;
        }

        [Compressible(Emit = Variants.All), InputShape("batch", 3, 4, 4)]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            [KeepChannels] private readonly Conv2d stem = Conv2d(3, 8, 1);
            private readonly Stage stage = new();
            private readonly ModuleList<Stage> more = new(new Stage());
            private readonly Linear? fc = Linear(128, 10);
            private readonly int features = 128;

            public Net() : base(nameof(Net)) => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                x = stage.forward(stem.forward(x));
                foreach (var next in more)
                    x = next.forward(x);
                x = x.view(-1, features);
                return fc is null ? x : fc.forward(x);
            }
        }
        """);

    [Fact]
    public void Private_types_are_refused()
    {
        var result = CaptureRun.Model("""
            [Compressible(Emit = Variants.Pruned)]
            public sealed partial class Net : Module<Tensor, Tensor>
            {
                private readonly Inner inner = new();

                public Net() : base(nameof(Net)) => RegisterComponents();

                public override Tensor forward(Tensor x) => inner.forward(x);

                private sealed class Inner() : Module<Tensor, Tensor>(nameof(Inner))
                {
                    public override Tensor forward(Tensor x) => x;
                }
            }
            """);
        Assert.Null(result.Model);
        Assert.Contains("type of its member 'inner' is private", CaptureRun.Describe(result.Problems), StringComparison.Ordinal);
    }
}
