using Microsoft.CodeAnalysis;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>Branches that configuration decides: they are code in the emitted variants too.</summary>
public class BranchTests
{
    [Fact]
    public Task Nullable_module() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var identity = x;
            x = relu(bn1.forward(conv1.forward(x)));
            x = bn2.forward(conv2.forward(x));
            if (down is not null)
                identity = down.forward(identity);
            x += identity;
            return relu(x);
        }
        """);

    [Fact]
    public Task Ways_to_test_for_null() => Verify("""
        public override Tensor forward(Tensor x)
        {
            if (down is { } d)
                x = relu(d.forward(x));
            if (down != null && other is Conv2d c)
            {
                x = c.forward(x);
                x = down.forward(x);
            }

            x = down?.forward(x) ?? x;
            return other == null ? x : other.forward(x);
        }
        """);

    [Fact]
    public void Numbers_can_be_assigned_by_an_operator()
    {
        var files = GeneratorRun.Emit("""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor>
            {
                public Net() : base("Net") { }
                public override Tensor forward(Tensor x)
                {
                    var n = x.shape[0];
                    n *= 2;
                    var last = 1;
                    last -= 2;
                    var odd = x.shape[1];
                    odd += 1;
                    return x.view(n, last).view(odd, last);
                }
            }
            """);
        var replay = files.Single(file => file.HintName == "Zoo.Net.Graph.g.cs").SourceText.ToString();
        Assert.Contains("n_2 = n * (2);", replay);
        Assert.Contains("last_2 = last - (2);", replay);
        Assert.Contains("odd_2 = global::StickGen.Graphs.Dimension.Unknown;", replay);
        Assert.Contains("odd_2 = odd + (1);", files.Single(file => file.HintName == "Zoo.Net.FakeQuantized.g.cs").SourceText.ToString());
    }

    [Theory]
    [InlineData("scale is not null", "model.scale is not null")]
    [InlineData("this.scale is null", "model.scale is null")]
    [InlineData("!(scale is null)", "!(model.scale is null)")]
    [InlineData("y is not null", "y is not null")]
    public void A_state_and_an_input_can_be_tested_for_null(string condition, string expected)
    {
        var files = GeneratorRun.Emit($$"""
            [Compressible]
            public partial class Net : Module<Tensor, Tensor, Tensor>
            {
                private readonly Parameter? scale = null;
                public Net() : base("Net") => RegisterComponents();
                public override Tensor forward(Tensor x, Tensor y)
                {
                    if ({{condition}})
                        x = relu(x);
                    return x + y!;
                }
            }
            """);
        Assert.Contains($"if ({expected})", files.Single(file => file.HintName == "Zoo.Net.Graph.g.cs").SourceText.ToString());
    }

    [Fact]
    public Task Early_return() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var y = relu(conv1.forward(x));
            if (useRes)
                return x + y;
            y = relu(y);
            if (mode > 2)
            {
                return y;
            }
            else
            {
                var z = conv2.forward(y);
                return z;
            }
        }
        """);

    [Fact]
    public Task Else_if_and_nesting() => Verify("""
        public override Tensor forward(Tensor x)
        {
            Tensor y;
            if (mode == 0)
            {
                y = relu(conv1.forward(x));
            }
            else if (mode == 1)
            {
                y = x;
                if (useRes)
                    y = relu(x);
            }
            else
            {
                var unused = conv1.forward(x);
                y = bn1.forward(unused);
                unused = y;
            }

            return conv2.forward(y);
        }
        """);

    [Fact]
    public Task Training() => Verify("""
        public override Tensor forward(Tensor x)
        {
            x = conv1.forward(x);
            if (this.training)
                x = relu(conv2.forward(x));
            return dropout(x, 0.5, training);
        }
        """);

    [Fact]
    public Task Shapes_and_locals() => Verify("""
        public override Tensor forward(Tensor x)
        {
            if (x.dim() != 4 || x.shape[1] != mode)
                throw new ArgumentException($"it has {x.shape[1]} channels", nameof(x));
            var height = x.shape[2];
            var stride = 2;
            int times;
            if (height > 7 && x.size(3) / 2 == 14)
                stride = 4;
            else
                height = 7;
            if (useRes) times = 1; else times = mode;
            x = max_pool2d(x, stride, stride);
            return x.view(x.shape[0], height, times, -1);
        }
        """);

    [Fact]
    public Task Switches() => Verify("""
        public override Tensor forward(Tensor x)
        {
            switch (mode)
            {
                case 0:
                    x = relu(conv1.forward(x));
                    break;
                case 1 or 2 when useRes:
                case > 10:
                {
                    return x;
                }
                default:
                    throw new InvalidOperationException();
            }

            var y = activation switch
            {
                "relu" => relu(x),
                "relu6" => relu6(x),
                null => x,
                _ => throw new NotSupportedException(activation),
            };
        #pragma warning disable CS8509
            return mode switch { 1 => y, 2 => x, };
        }
        """);

    [Fact]
    public Task Helpers_that_branch() => Verify("""
        private Tensor Shortcut(Tensor x)
        {
            if (down is null)
                return x;
            var y = down.forward(x);
            return relu(y);
        }

        private Tensor Activate(Tensor x) => activation switch { "relu" => relu(x), _ => x };

        public override Tensor forward(Tensor x) => Activate(conv1.forward(x)) + Shortcut(x);
        """);

    [Fact]
    public Task Lists_and_constants() => Verify("""
        private const bool Debug = false;

        public override Tensor forward(Tensor x)
        {
            var parts = new List<Tensor> { x };
            if (useRes)
                parts[0].relu_();
            if (mode > 1)
                parts.Add(conv1.forward(x));
            else
                parts.Add(relu(x));
        #pragma warning disable CS0162
            if (Debug)
                x = relu(x);
            return useRes ? cat(parts, 1) : Debug ? x : cat(parts, 0);
        }
        """);

    [Theory]
    [InlineData("if (x.sum().item<float>() > 0) x = relu(x); return x;", "x.sum().item<float>() > 0", "it branches on the values of a tensor")]
    [InlineData("var sum = x.sum().item<float>(); if (mode > 1 && sum > 0) x = relu(x); return x;", "mode > 1 && sum > 0", "it branches on something that is not known when the model is compressed")]
    [InlineData("return (bool)(x.sum() > 0) ? x : relu(x);", "(bool)(x.sum() > 0)", "it branches on the values of a tensor")]
    [InlineData("var c = conv1; if (useRes) c = conv2; return c.forward(x);", "c", "what 'c' is depends on a condition, which is not supported yet")]
    [InlineData("switch (x.max().item<int>()) { case 1: return x; default: return relu(x); }", "x.max().item<int>()", "it branches on the values of a tensor")]
    public void Kept_as_it_is_written(string body, string place, string reason)
    {
        var result = CaptureRun.Model(Source($$"""public override Tensor forward(Tensor x) { {{body}} }"""));
        CaptureRun.AssertKept(place, reason, result);
    }

    private static string Source(string members) => $$"""
        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv1 = Conv2d(3, 8, 3);
            private readonly Conv2d conv2 = Conv2d(8, 8, 3);
            private readonly BatchNorm2d bn1 = BatchNorm2d(8);
            private readonly BatchNorm2d bn2 = BatchNorm2d(8);
            private readonly Conv2d? down;
            private readonly Module<Tensor, Tensor>? other;
            private readonly bool useRes;
            private readonly int mode;
            private readonly string? activation;

            public Net(bool useRes, int mode, string? activation, Conv2d? down) : base("Net")
            {
                (this.useRes, this.mode, this.activation, this.down, other) = (useRes, mode, activation, down, down);
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
