using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>
/// Given equal integers, ONNX Runtime and StickGen differ by at most one step in each operation, with ONNX Runtime's
/// optimisations and without.
/// </summary>
public sealed class OneStepTests
{
    [Property(MaxTest = 80)]
    public void Convolution(DoNotSize<int> seed) => Check(seed, o => o.Convolution());

    [Property(MaxTest = 60)]
    public void Linear(DoNotSize<int> seed) => Check(seed, o => o.Linear());

    [Property(MaxTest = 60)]
    public void MaxPool(DoNotSize<int> seed) => Check(seed, o => o.MaxPool(), steps: 0);

    [Property(MaxTest = 80)]
    public void AveragePool(DoNotSize<int> seed) => Check(seed, o => o.AveragePool());

    [Property(MaxTest = 60)]
    public void AdaptivePool(DoNotSize<int> seed) => Check(seed, o => o.AdaptivePool());

    [Property(MaxTest = 40)]
    public void Sum(DoNotSize<int> seed) => Check(seed, o => o.Sum());

    [Property(MaxTest = 20)]
    public void Concatenation(DoNotSize<int> seed) => Check(seed, o => o.Concatenation(), steps: 0);

    [Property(MaxTest = 20)]
    public void Activation(DoNotSize<int> seed) => Check(seed, o => o.Activation(), steps: 0);

    [Property(MaxTest = 20)]
    public void Lookup(DoNotSize<int> seed) => Check(seed, o => o.Lookup(), steps: 0);

    [Property(MaxTest = 40)]
    public void Arithmetic(DoNotSize<int> seed) => Check(seed, o => o.Arithmetic());

    [Property(MaxTest = 30)]
    public void Mean(DoNotSize<int> seed) => Check(seed, o => o.Mean());

    [Property(MaxTest = 40)]
    public void Move(DoNotSize<int> seed) => Check(seed, o => o.Move(), steps: 0);

    [Property(MaxTest = 40)]
    public void MatMul(DoNotSize<int> seed) => Check(seed, o => o.MatMul());

    [Property(MaxTest = 30)]
    public void Softmax(DoNotSize<int> seed) => Check(seed, o => o.Softmax());

    [Property(MaxTest = 30)]
    public void LayerNorm(DoNotSize<int> seed) => Check(seed, o => o.LayerNorm());

    [Property(MaxTest = 30)]
    public void GroupNorm(DoNotSize<int> seed) => Check(seed, o => o.GroupNorm());

    [Property(MaxTest = 10)]
    public void Flatten(DoNotSize<int> seed) => Check(seed, o => o.Flatten(), steps: 0);

    [Property(MaxTest = 10)]
    public void Reshape(DoNotSize<int> seed) => Check(seed, o => o.Reshape(), steps: 0);

    [Property(MaxTest = 5)]
    public void Dropout(DoNotSize<int> seed) => Check(seed, o => o.Dropout(), steps: 0);

    private static void Check(DoNotSize<int> seed, Func<OneOperation, OneOperation> add, int steps = 1)
    {
        var one = add(new OneOperation(seed.Item));
        var input = one.Input();
        using var model = QuantizedModel.FromGraph(one.Graph);
        var expected = model.Trace(input)["result"];
        var quantization = one.Graph.Values["result"].Quantization!;
        foreach (var optimized in new[] { false, true })
        {
            using var onnx = new OnnxRun(one.Graph, optimized);
            var actual = Integers(onnx.Run(("x", one.InputShape, input)).Single().Values, quantization);
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(
                    Math.Abs(expected[i] - actual[i]) <= steps && actual[i] >= quantization.Low && actual[i] <= quantization.High,
                    $"Element {i} is {actual[i]}, not {expected[i]}, {(optimized ? "with" : "without")} optimisations in\n{one.Graph}");
            }
        }
    }

    private static int[] Integers(float[] values, ValueQuantization q) =>
        Array.ConvertAll(values, v => (int)MathF.Round(v / q.Scale) + q.ZeroPoint);
}
