using System.Diagnostics;
using Microsoft.CodeAnalysis;
using StickGen.Capture;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Capture;

/// <summary>Code that is far larger than a person writes: it is captured or refused in a time that a person waits.</summary>
public class LimitTests
{
    [Fact]
    public void Time_grows_with_the_code_and_not_with_its_square()
    {
        var body = string.Concat(Enumerable.Repeat("y = relu(conv.forward(y)) + x;\n", 1500));
        var watch = Stopwatch.StartNew();
        var result = CaptureRun.Model(Net("", $"var y = x; {body} return y;"));

        // Of a semantic model for each expression it took a quarter of an hour.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
        Assert.NotNull(result.Model);
    }

    [Fact]
    public void Long_helpers_and_sums_do_not_exhaust_the_stack()
    {
        var body = string.Concat(Enumerable.Repeat("y = relu(y);\n", 3000));
        Assert.NotNull(CaptureRun.Model(Net($"Tensor H(Tensor y) {{ {body} return y; }}", "return H(x);")).Model);

        var sum = CaptureRun.Model(Net("", $"return {string.Join(" + ", Enumerable.Repeat("x", 20000))};"));
        Assert.True(sum.Model is not null || sum.Problems.Single().Arguments[1] == "its code is nested too deeply", CaptureRun.Describe(sum.Problems));
    }

    [Fact]
    public void Helpers_that_multiply_are_refused()
    {
        var helpers = string.Concat(Enumerable.Range(0, 14).Select(i => $"Tensor H{i}(Tensor x) => H{i + 1}(H{i + 1}(H{i + 1}(x)));\n"));
        var result = CaptureRun.Model(Net(helpers + "Tensor H14(Tensor x) => relu(x);", "return H0(x);"));
        Assert.All(result.Problems, problem => Assert.Equal("its helpers call each other too many times", problem.Arguments[1]));
        Assert.NotEmpty(result.Problems);
    }

    [Fact]
    public void A_project_beside_this_one_is_not_looked_into_though_an_ide_could()
    {
        var other = GeneratorRun.CompileUser("""
            public static class Helpers { public static Tensor Twice(Tensor x) => x * 2; }
            public abstract class Base : Module<Tensor, Tensor>
            {
                public Linear Fc { get; } = Linear(1, 1);
                protected Base() : base("Base") => RegisterComponents();
                protected Tensor Pre(Tensor x) => relu(x);
            }
            """).WithAssemblyName("Other").ToMetadataReference();
        var compilation = GeneratorRun.CompileUser("""
            [Compressible] public partial class Net : Base { public override Tensor forward(Tensor x) => Helpers.Twice(Fc.forward(x)); }
            [Compressible] public partial class Own : Base { public override Tensor forward(Tensor x) => Pre(x); }
            """, other);

        var net = ModelCapture.Capture(compilation.GetTypeByMetadataName("Zoo.Net")!, compilation, CancellationToken.None);
        Assert.NotNull(net.Model);
        Assert.Equal(["STK0006"], net.Problems.Select(problem => problem.Descriptor.Id));
        var own = ModelCapture.Capture(compilation.GetTypeByMetadataName("Zoo.Own")!, compilation, CancellationToken.None);
        Assert.Equal(
            "STK0005 at 'Pre(x)': forward of 'Own' cannot be captured: 'Pre' is declared in another assembly, and so cannot be looked into",
            CaptureRun.Describe(own.Problems));
    }

    private static string Net(string members, string body) => $$"""
        [Compressible]
        public partial class Net : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(3, 3, 3);
            public Net() : base("Net") => RegisterComponents();
            {{members}}
            public override Tensor forward(Tensor x) { {{body}} }
        }
        """;
}
