using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Operations;
using StickGen.Planning;

namespace StickGen.Runtime.Tests;

/// <summary>What a session of ResNet-18 owns beside its packed weights: 1.3 times the largest set of values that are needed at once.</summary>
public sealed class SessionMemoryTests
{
    [Fact]
    public void Activations_of_ResNet18_take_little_more_than_those_that_live_at_once()
    {
        var graph = ResNet18();
        var kernels = KernelSelector.Select();
        var plan = Lowering.Lower(GraphBinder.Bind(graph, [], []), kernels, new PackedWeights(kernels), threads: 1);
        Assert.InRange(plan.MemoryBytes, LargestLiveSet(graph), 1.3 * LargestLiveSet(graph));
    }

    /// <summary>Independently of buffers: at each node, its result and all values that it or a later node reads.</summary>
    private static long LargestLiveSet(ModelGraph graph)
    {
        var last = new Dictionary<GraphValue, int>();
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (var input in graph.Nodes[i].Inputs.Where(v => !v.IsConstant))
                last[input] = i;
        }

        long largest = 0;
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            var live = graph.Inputs.Concat(graph.Nodes.Take(i).Select(n => n.Output)).Where(v => last.GetValueOrDefault(v, -1) >= i).Append(graph.Nodes[i].Output);
            largest = Math.Max(largest, live.Sum(v => v.Shape!.ElementCount.Size * v.Type.Size()));
        }

        return largest;
    }

    private static ModelGraph ResNet18()
    {
        var graph = new ModelGraph("ResNet18");
        var quantization = ValueQuantization.PerTensor(0.02f, 100, 0, 255);
        var value = graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape(1, 3, 224, 224))], quantization);
        value = Convolution("stem", value, 64, 7, 2);
        value = graph.Add("pool", new MaxPool2d(new Window(3, 2, 1, 1)), [value], quantization);
        for (var block = 0; block < 8; block++)
        {
            var (channels, stride) = (64 << (block / 2), block > 0 && block % 2 == 0 ? 2 : 1);
            var shortcut = stride == 1 ? value : Convolution($"down{block}", value, channels, 1, stride);
            value = Convolution($"first{block}", value, channels, 3, stride);
            value = Convolution($"second{block}", value, channels, 3, 1);
            value = graph.Add($"add{block}", new Add(Activation.Relu), [value, shortcut], quantization);
        }

        value = graph.Add("mean", new AdaptiveAvgPool2d(1), [value], quantization);
        graph.AddOutput(graph.Add("result", new Dequantize(), [graph.Add("flat", new Flatten(1), [value], quantization)]));
        return graph;

        GraphValue Convolution(string name, GraphValue input, int outputs, int kernel, int stride)
        {
            var shape = new Shape(outputs, input.Shape![1], kernel, kernel);
            var weight = graph.AddConstant(
                $"{name}.weight", ElementType.Int8, shape, new byte[shape.ElementCount.Size], ValueQuantization.PerTensor(0.001f, 0, -127, 127));
            return graph.Add(name, new Conv2d(new Window(kernel, stride, kernel / 2, 1), 1, Activation.Relu), [input, weight], quantization);
        }
    }
}
