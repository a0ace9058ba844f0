using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Onnx;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>Weights are signed only where no two products can exceed 16 bits.</summary>
public sealed class WeightFormTests
{
    [Theory]
    [InlineData(64, 255, true)]     // 2 · 64 · 255 = 32640
    [InlineData(-64, 255, true)]
    [InlineData(65, 255, false)]    // 2 · 65 · 255 = 33150
    [InlineData(-65, 255, false)]
    [InlineData(127, 129, true)]    // 2 · 127 · 129 = 32766
    [InlineData(127, 130, false)]   // 2 · 127 · 130 = 33020
    public void Two_products_fit_16_bits(int largest, int high, bool safe)
    {
        var graph = new ModelGraph("Form");
        var input = ValueQuantization.PerTensor(0.1f, 0, 0, high);
        var q = graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape("batch", 2))], input);
        var weight = graph.AddConstant(
            "weight", ElementType.Int8, Shape.Of(1, 2), MemoryMarshal.AsBytes<sbyte>([(sbyte)largest, 1]).ToArray(), ValueQuantization.PerTensor(0.1f, 0, -127, 127));
        graph.AddOutput(graph.Add("layer", new Linear(), [q, weight]));

        Assert.Equal(safe, WeightForm.IsSignedSafe(weight, input));
        var text = System.Text.Encoding.Latin1.GetString(OnnxRun.Export(graph));
        Assert.Equal(safe, text.Contains("weight.s8", StringComparison.Ordinal));
        Assert.Equal(!safe, text.Contains("weight.u8", StringComparison.Ordinal));
    }
}
