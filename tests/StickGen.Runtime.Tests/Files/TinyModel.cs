using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Files;

/// <summary>A model small enough to be damaged thousands of times.</summary>
internal static class TinyModel
{
    public static ModelGraph Create(string model = "Tiny", string layer = "conv", float scale = 0.01f)
    {
        var graph = new ModelGraph(model);
        var x = graph.AddInput("x", new Shape("batch", 1, 4, 4));
        var activations = ValueQuantization.PerTensor(0.1f, 3, 0, 255);
        var q = graph.Add("q", new Quantize(), [x], activations);
        var weight = graph.AddConstant(
            $"{layer}.weight", ElementType.Int8, Shape.Of(2, 1, 3, 3), new byte[18].Select((_, i) => (byte)(i - 9)).ToArray(),
            ValueQuantization.PerChannel([scale, 2 * scale], 0, -127, 127));
        var bias = graph.AddConstant(
            $"{layer}.bias", ElementType.Int32, Shape.Of(2), MemoryMarshal.AsBytes<int>(new[] { 100, -200 }).ToArray());
        q = graph.Add(layer, new Conv2d(new Window(3, 1, 1, 1), 1, Activation.Relu), [q, weight, bias], activations, "Tiny.cs(12)");
        q = graph.Add("pool", new AvgPool2d(new Window(2, 2, 0, 1), DivisorOverride: 4), [q], activations);
        q = graph.Add("again", new Add(), [q, q], activations);
        q = graph.Add("flat", new Reshape(["batch", 8]), [q], activations);
        var fc = graph.AddConstant(
            "fc.weight", ElementType.Int8, Shape.Of(3, 8), new byte[24].Select((_, i) => (byte)(10 - i)).ToArray(),
            ValueQuantization.PerTensor(0.02f, 0, -127, 127));
        graph.AddOutput(graph.Add("fc", new Linear(), [q, fc]));
        return graph;
    }
}
