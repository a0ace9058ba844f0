using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>The shapes of code that a straight-line forward comes in.</summary>
public class ForwardShapeTests
{
    [Fact]
    public Task Reassignment() => Verify("""
        public override Tensor forward(Tensor input)
        {
            var x = conv1.forward(input);
            x = bn1.call(x);
            x = relu1.forward(x);
            Tensor y;
            y = conv2.forward(x);
            y = this.relu1.forward((y));
            var (a, b) = (x, y);
            (a, b) = (b, a);
            return a + b;
        }
        """);

    [Fact]
    public Task Dispose_scopes() => Verify("""
        public override Tensor forward(Tensor x)
        {
            using (var scope = torch.NewDisposeScope())
            {
                using var y = conv1.forward(x);
                using Tensor z = bn1.forward(y), w = relu(z);
                var kept = w.DetachFromDisposeScope();
                y.Dispose();
                var result = conv2.forward(kept);
                return scope.MoveToOuter(result.MoveToOuterDisposeScope());
            }
        }
        """);

    [Fact]
    public Task Residual_and_in_place() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var shortcut = x;
            x = functional.relu(bn1.forward(conv1.forward(x)), inplace: true);
            x += shortcut;
            var same = x;
            x.relu_();
            var y = same.add(shortcut);
            y.add_(x);
            return torch.add(y, x).relu6();
        }
        """);

    [Fact]
    public Task Concatenation() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var a = conv1.forward(x);
            var b = conv2.forward(x);
            var array = cat(new[] { a, b }, 1);
            var literal = torch.cat([array, relu(a)], dim: 1);
            var list = new List<Tensor> { literal, b };
            list.Add(relu6(x));
            var outputs = new List<Tensor>();
            outputs.Add(concat(list, dim: -3));
            outputs.Add(a);
            return torch.cat(outputs.ToArray(), 1);
        }
        """);

    [Fact]
    public Task Functions_and_methods() => Verify("""
        private readonly double rate = 0.25;
        private const int Window = 2;

        public override Tensor forward(Tensor x)
        {
            x = max_pool2d(x, kernel_size: 3, stride: Window, padding: 1);
            x = nn.functional.avg_pool2d(x, (2, 2), stride: (2, 2));
            x = torch.nn.functional.adaptive_avg_pool2d(x, (4, 4));
            x = adaptive_avg_pool2d(x, 1);
            x = dropout(x, rate, training);
            x = functional.dropout(x, p: this.rate, training: this.training);
            x = torch.flatten(x, start_dim: 1);
            x = x.flatten(0, -1).contiguous();
            return x;
        }
        """);

    [Fact]
    public Task Shape_arithmetic() => Verify("""
        private readonly int heads = 4;

        public override Tensor forward(Tensor x)
        {
            var n = x.shape[0];
            long channels = x.size(1), height = x.shape[2];
            var (h, w) = ((int)x.shape[2], x.shape[^1]);
            var perHead = channels / heads;
            int odd = (int)height + 1;
            var half = height * 0.5;
            var side = (long)Math.Sqrt(channels);
            x = x.view(n, heads, perHead, h * w);
            x = x.reshape(n, -1, height, height);
            x = x.view(new long[] { n, channels, h, w });
            x = x.reshape([x.shape[0], -1, odd, side, (int)half]);
            n = n * 2;
            return x.view(n, -1).flatten(x.dim() - 1);
        }
        """);

    [Fact]
    public Task Helpers() => Verify("""
        private Tensor Stem(Tensor x) => relu(bn1.forward(conv1.forward(x)));

        private Tensor Twice(Tensor x, Conv2d conv, int times)
        {
            var y = conv.forward(x);
            return y.view(y.shape[0], times, -1);
        }

        private static Tensor Sum(Tensor a, Tensor b) => a + b;

        private Conv2d Last => conv2;

        public override Tensor forward(Tensor x)
        {
            var a = Stem(x);
            var b = Sum(Last.forward(x), a);
            Tensor Head(Tensor y) => Sum(y, b).relu();
            var conv = conv2;
            return Twice(Head(conv.forward(a)), conv, times: 2).Doubled();
        }
        """, "internal static class Helpers { public static Tensor Doubled(this Tensor x) => x + x; }");

    [Fact]
    public Task Arguments_that_are_not_written() => Verify("""
        private Tensor Act(Tensor x, bool inplace = false, double slope = double.PositiveInfinity, float gain = 0.1f, DayOfWeek day = DayOfWeek.Friday, string? name = null) =>
            leaky_relu(x * gain, slope, inplace).mul((int)day).mul(name is null ? 1 : 2);

        private static Tensor Cat(params Tensor[] all) => cat(all, 1);

        private static Tensor View(Tensor x, params long[] sizes) => x.view(sizes);

        public override Tensor forward(Tensor x)
        {
            var y = Act(slope: 0.2, x: conv1.forward(x));
            y = functional.layer_norm(y, [8]);
            return View(Cat(Act(y), y), y.shape[0], -1);
        }
        """);

    [Fact]
    public Task Helpers_of_other_classes() => Verify("""
        public override Tensor forward(Tensor x) => conv1.forward(x).Scaled().Halved();
        """, """
        internal static class Helpers
        {
            private const double Half = 0.5;
            public static Tensor Scaled(this Tensor x) => x * 2;
            public static Tensor Halved(this Tensor x) => x * Half;
        }
        """);

    [Fact]
    public Task Expression_body() => Verify("public override Tensor forward(Tensor x) => relu(conv1.forward(x));");

    [Fact]
    public Task Opaque_operations() => Verify("""
        private static readonly int axis = 1;

        public override Tensor forward(Tensor x)
        {
            var y = softmax(conv1.forward(x) * 2, axis);
            y = torch.sigmoid(y) * x;
            y = y.transpose(1, 2).mul_(0.5);
            var scaled = linear(y, conv2.weight, conv2.bias);
            scaled = where(scaled.gt(0), scaled, zeros_like(scaled, device: x.device));
            CheckRank(scaled);
            return -scaled[.., 0, torch.TensorIndex.Slice(0, 1)];
        }

        private static void CheckRank(Tensor x) => System.Diagnostics.Debug.Assert(x.dim() == 4, $"it has {x.dim()}");
        """);

    [Fact]
    public Task Strings_lambdas_and_helpers_that_branch() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var name = @"two
        lines";
            var sizes = x.shape.Select(size => size / 2).ToArray();
            System.Diagnostics.Debug.WriteLine($"{nameof(x)}: {name} {sizes.Length} {name?.Length}");
            return Norms.Scale(conv1.forward(x), by: sizes.Max()).tanh();
        }
        """, "internal static class Norms { public static Tensor Scale(Tensor x, long by) { if (by > 1) return x * by; return x; } }");

    [Fact]
    public Task Module_reached_through_others() => Verify("""
        private readonly ModuleList<Conv2d> layers = new();
        private readonly Sequential features = Sequential(Conv2d(3, 3, 1), ReLU());
        private readonly Inner inner = new();
        private readonly Module<Tensor, Tensor>? down = Conv2d(3, 3, 1);

        public override Tensor forward(Tensor x)
        {
            x = layers[0].forward(x);
            x = ((Conv2d)layers[1]).forward(x);
            x = features.forward(x);
            x = relu(inner.conv.forward(x));
            return down!.forward(x);
        }
        """, """
        internal sealed class Inner : Module
        {
            public readonly Conv2d conv = Conv2d(3, 3, 1);
            public Inner() : base("Inner") => RegisterComponents();
        }
        """);

    [Fact]
    public Task Modules_declared_by_their_base() => Verify("""
        private readonly Module<Tensor, Tensor> stem = Conv2d(3, 3, 1), either = null!;
        private Module<Tensor, Tensor> Norm { get; set; } = null!;
        private readonly Module<Tensor, Tensor> act = null!;
        private readonly Module<Tensor, Tensor>? down = null;

        private Net(Conv2d conv, bool wide) : base("Net")
        {
            Norm = BatchNorm2d(3);
            this.act = Sequential(ReLU());
            act = ReLU();
            either = wide ? ReLU() : ReLU6();
            if (wide)
                down = conv;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            x = relu(Norm.forward(stem.forward(x)));
            x = act.forward(conv1.forward(x));
            if (down is not null)
                x = relu(down.forward(x));
            return either.forward(conv2.forward(x));
        }
        """);

    private static Task Verify(
        string members, string others = "",
        [System.Runtime.CompilerServices.CallerFilePath] string sourceFile = "",
        [System.Runtime.CompilerServices.CallerMemberName] string method = "") => GeneratorRun.VerifyBodies($$"""
        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv1 = Conv2d(3, 8, 3);
            private readonly Conv2d conv2 = Conv2d(8, 8, 3);
            private readonly BatchNorm2d bn1 = BatchNorm2d(8);
            private readonly ReLU relu1 = ReLU();

            public Net() : base("Net") => RegisterComponents();

        {{members}}
        }

        {{others}}
        """, sourceFile, method);
}
