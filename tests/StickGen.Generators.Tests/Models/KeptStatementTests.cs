using System.Runtime.CompilerServices;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>Statements that are not understood are kept as they are written, between values of the graph.</summary>
public class KeptStatementTests
{
    [Fact]
    public Task Loops_and_branches_on_values() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var y = relu(conv.forward(x));
            int steps = 0;
            // Comments are not kept.
            while (y.max().item<float>() > 1 && steps < 3)
            {
                y = other.forward(y) / 2;
                steps++;
            }

            if (y.min().item<float>() < 0)
                y = y.abs();
            else if (steps == 2)
            {
                y = y + 1;
            }

            return conv.forward(y) * steps;
        }
        """);

    [Fact]
    public Task Early_returns() => Verify("""
        public override Tensor forward(Tensor x)
        {
            x = relu(conv.forward(x));
            if (x.sum().item<float>() > 0)
                return x;
            var (small, large) = Ends(x);
            return other.forward(small) + large;
        }

        private static (Tensor, Tensor) Ends(Tensor x) => (x.min(), x.max());
        """);

    [Fact]
    public Task Fields_and_helpers() => Verify("""
        private Tensor? cache;
        private int calls;
        private readonly Dictionary<string, Tensor> last = new();

        public override Tensor forward(Tensor x)
        {
            calls++;
            cache = cache is null ? x : cat(new[] { cache, x }, 0);
            var y = conv.forward(cache);
            Adapt(y);
            last["y"] = y;
            y[0] = 1;
            foreach (var part in Parts(y))
                y = y + part;
            return relu(y);
        }

        private void Adapt(Tensor x)
        {
            if (calls > 1)
                Scale(ref x);
        }

        private void Scale(ref Tensor x) => conv.weight!.mul_(0.5f);

        private List<Tensor> Parts(Tensor x)
        {
            var parts = new List<Tensor>();
            try
            {
                parts.Add(other.forward(x));
            }
            finally
            {
                calls--;
            }

            return parts;
        }
        """);

    [Fact]
    public Task Lists_tuples_and_names() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var list = new List<Tensor> { x, relu(x) };
            var pair = (First: x, Count: 1);
            try { list.Add(conv.forward(x)); pair.Count++; } finally { }
            var scope = 2;
            Tensor v1;
            do
            {
                switch (scope)
                {
                    case 1:
                        v1 = list[0];
                        break;
                    default:
                        v1 = pair.First;
                        break;
                }
            }
            while (scope++ < 1);
            var sizes = x.shape?.Select(size => size + scope).ToArray();
            return cat(list, 1) + v1 * sizes!.Length;
        }
        """);

    private static Task Verify(string forward, [CallerMemberName] string method = "") => GeneratorRun.VerifyBodies(Source(forward), method: method);

    private static string Source(string forward) => $$"""
        [Compressible(Emit = Variants.FakeQuantized)]
        public partial class Net : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(3, 3, 3, padding: 1), other = Conv2d(3, 3, 1);
            public Net() : base("Net") => RegisterComponents();

            {{forward}}
        }
        """;
}
