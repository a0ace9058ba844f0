using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Models;

/// <summary>LeNet-5 as a converter would build it, with random weights.</summary>
internal static class LeNet5
{
    public static ModelGraph Create(int seed = 1)
    {
        var random = new Random(seed);
        var graph = new ModelGraph("LeNet5");
        var x = graph.AddInput("x", new Shape("batch", 1, 28, 28));
        var q = graph.Add("x.quantized", new Quantize(), [x], Activation(2.8f / 255, 38));
        q = Layer("conv1", new Conv2d(new Window(5, 1, 0, 1), 1, Operations.Activation.Relu), q, [6, 1, 5, 5], Activation(0.02f, 0));
        q = graph.Add("pool1", new MaxPool2d(new Window(2, 2, 0, 1)), [q], q.Quantization);
        q = Layer("conv2", new Conv2d(new Window(5, 1, 0, 1), 1, Operations.Activation.Relu), q, [16, 6, 5, 5], Activation(0.03f, 0));
        q = graph.Add("pool2", new MaxPool2d(new Window(2, 2, 0, 1)), [q], q.Quantization);
        q = graph.Add("flatten", new Flatten(1), [q], q.Quantization);
        q = Layer("fc1", new Linear(Operations.Activation.Relu), q, [120, 256], Activation(0.04f, 0));
        q = Layer("fc2", new Linear(Operations.Activation.Relu), q, [84, 120], Activation(0.05f, 0));
        graph.AddOutput(Layer("fc3", new Linear(), q, [10, 84], null));
        return graph;

        GraphValue Layer(string name, Operation operation, GraphValue input, long[] shape, ValueQuantization? output)
        {
            var outputs = (int)shape[0];
            var weights = new sbyte[shape.Aggregate(1L, (a, b) => a * b)];
            foreach (ref var w in weights.AsSpan())
                w = (sbyte)random.Next(-127, 128);
            var bias = new int[outputs];
            foreach (ref var b in bias.AsSpan())
                b = random.Next(-2000, 2000);
            ImmutableArray<float> scales = [.. Enumerable.Range(0, outputs).Select(_ => 0.001f + (0.003f * random.NextSingle()))];
            var weight = graph.AddConstant(
                $"{name}.weight", ElementType.Int8, Shape.Of(shape), Bytes(weights), ValueQuantization.PerChannel(scales, 0, -127, 127));
            return graph.Add(
                name, operation, [input, weight, graph.AddConstant($"{name}.bias", ElementType.Int32, Shape.Of(outputs), Bytes(bias))], output);
        }
    }

    public static float[] Images(int count, int seed = 2)
    {
        var random = new Random(seed);
        var images = new float[count * 784];
        foreach (ref var pixel in images.AsSpan())
            pixel = (random.NextSingle() * 3.2f) - 0.4f;
        return images;
    }

    private static ValueQuantization Activation(float scale, int zeroPoint) => ValueQuantization.PerTensor(scale, zeroPoint, 0, 255);

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
