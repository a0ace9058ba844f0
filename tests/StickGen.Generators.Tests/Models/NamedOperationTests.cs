using System.Runtime.CompilerServices;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>What is captured by its name alone, and what is read of things that are no part of the graph.</summary>
public class NamedOperationTests
{
    [Fact]
    public Task Functions_and_operators() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var y = functional.linear(fc.forward(x), table);
            var (best, places) = y.topk(3, dim: 1);
            var greatest = x.max(1, keepdim: true).values;
            var z = einsum("nk,nkd->nd", best, table[places]) % 2;
            x = x.view(sizes);
            x[z > 0].mean();
            return cat(parts, 1) + greatest + x[first, ..] + (useMask ? 0 : z);
        }
        """);

    [Fact]
    public Task Modules_with_other_arguments() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var attended = attention.forward(x, x, x, null, false, null).Item1;
            var (result, hidden, _) = lstm.forward(attended);
            return result + hidden;
        }
        """);

    [Fact]
    public Task Objects() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var results = Create(x);
            results.Scores = fc.forward(results.Hidden);
            var mask = results.Mask ?? results.Others[1];
            if (!Find(results, out var found, out var count))
                throw new ArgumentException("nothing is found");
            Find(results, out _, out var unasked);
            x = x * unasked;
            if (IsMissing(found))
                x = x + count;
            return x * mask + found;
        }

        private static Results Create(object x) => new();
        private static bool Find(Results results, out Tensor found, out int count) { found = results.Others[0]; count = 2; return true; }
        private static bool IsMissing(Tensor? x) => x is null;
        """);

    [Fact]
    public Task Tensors_that_may_be_null() => GeneratorRun.VerifyBodies("""
        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor?, Tensor?, Tensor>
        {
            private readonly Linear fc = Linear(6, 6);
            public Net() : base("Net") => RegisterComponents();
            public override Tensor forward(Tensor x, Tensor? mask, Tensor? scale)
            {
                mask = mask?.to(x.dtype).abs() ?? ones_like(x);
                scale ??= x;
                return fc.forward(x) * mask * scale;
            }
        }
        """);

    [Fact]
    public Task Buffers_arrays_and_what_depends_on_conditions() => Verify("""
        public override Tensor forward(Tensor x)
        {
            var at = new int[2];
            at[1] = (int)x.shape[1] - 1;
            Device? device = null;
            if (useMask)
                device = x.device;
            var (height, width) = window;
            return x.narrow(1, at[1], 1).to(device ?? CPU) + get_buffer("steps")! * height + width;
        }
        """);

    [Fact]
    public Task Slices_modes_and_shapes() => Verify("""
        public override Tensor forward(Tensor x)
        {
            using var mode = no_grad();
            var shape = x.shape;
            var sizes = x.size();
            var kind = x.dtype;
            var y = fc.forward(x).view(shape[0], sizes[1]);
            if (shape[1] > 4 && kind == ScalarType.Float32 && !y.IsInvalid)
                y[y > 0] = 0.5;
            var (rows, _) = Sizes((shape[0], shape[1]));
            y[.., 0] *= rows;
            var list = new List<Tensor>();
            if (useMask)
                list.Add(y);
            list.Add(x);
            return cat(list, 1);
        }

        private static (long, long) Sizes((long Height, long Width) size) => (size.Height, size.Width);
        """);

    [Fact]
    public Task Static_helpers_that_branch() => Verify("""
        public override Tensor forward(Tensor x) => fc.forward(Helpers.Repeat(Helpers.Scaled(x, useMask), 2));
        """);

    [Fact]
    public void Questions_that_go_in_circles()
    {
        var result = CaptureRun.Model("""
            [Compressible]
            public sealed partial class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(3, 3);
                public Net() : base("Net") => RegisterComponents();
                public override Tensor forward(Tensor x) => IsEven(x) ? fc.forward(x) : x;
                private static bool IsEven(Tensor x) => !IsOdd(x);
                private static bool IsOdd(Tensor x) => !IsEven(x);
            }
            """);

        Assert.Contains(result.Problems, problem => problem.Descriptor.Id == "STK0011");
    }

    [Fact]
    public void Without_a_typed_base_class()
    {
        var result = CaptureRun.Model("""
            [Compressible]
            public sealed partial class Net : nn.Module
            {
                private readonly Linear fc = Linear(3, 3);
                public Net() : base("Net") => RegisterComponents();
                public (Tensor, int) forward(Tensor x, Tensor y, int count = 1) => (fc.forward(x) + y, count);
            }
            """);

        Assert.Equal("global::TorchSharp.torch.nn.Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor, int, (global::TorchSharp.torch.Tensor, int)>", result.Model!.Forward.Module);
        Assert.Empty(result.Problems);
    }

    private static Task Verify(string members, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "") => GeneratorRun.VerifyBodies($$"""
        public class Results
        {
            public Tensor Hidden = null!;
            public Tensor? Mask { get; set; }
            public Tensor? Scores { get; set; }
            public List<Tensor> Others { get; } = new();
        }

        internal static class Helpers
        {
            public static Tensor Scaled(Tensor x, bool isScaled)
            {
                if (isScaled)
                    x = x * 2;
                return x;
            }

            public static Tensor Repeat(Tensor x, int times)
            {
                try
                {
                    return times > 1 ? cat(new[] { x, x }, 0) : x;
                }
                finally
                {
                    Console.Write("");
                }
            }
        }

        [Compressible]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(6, 6);
            private readonly MultiheadAttention attention = MultiheadAttention(6, 2);
            private readonly LSTM lstm = LSTM(6, 6);
            private readonly Parameter table = new(zeros(6, 6));
            private readonly List<Tensor> parts = new();
            private readonly long[] sizes = { -1, 6 };
            private readonly TensorIndex first = TensorIndex.Single(0);
            private readonly Tuple<int, int> window = new(2, 3);
            private readonly bool useMask;

            public Net(bool useMask) : base("Net")
            {
                this.useMask = useMask;
                register_buffer("steps", arange(6));
                RegisterComponents();
            }

        {{members}}
        }
        """, sourceFile, method);
}
