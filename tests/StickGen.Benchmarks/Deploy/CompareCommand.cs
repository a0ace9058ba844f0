using System.Globalization;
using StickGen.Benchmarks.Networks;
using StickGen.Graphs;
using StickGen.Onnx;
using StickGen.Operations;

namespace StickGen.Benchmarks.Deploy;

/// <summary>
/// Looks for the first value of a network that is another in ONNX Runtime: the network is cut off after each value in turn.
/// </summary>
internal static class CompareCommand
{
    public static int Run(string name)
    {
        if (Network.All.FirstOrDefault(n => n.Name == name) is not { } network)
        {
            Console.Error.WriteLine($"There is no network '{name}'; there are {string.Join(", ", Network.All.Select(n => n.Name))}.");
            return 2;
        }

        var graph = network.Build();
        var random = new Random(7);
        var input = new float[graph.Inputs[0].Shape!.ElementCount.Size];
        foreach (ref var value in input.AsSpan())
            value = (random.NextSingle() * 3) - 1.5f;
        foreach (var node in graph.Nodes.Where(n => n.Output.Quantization is not null))
        {
            var start = UpTo(graph, node);
            using var own = new StickGenContender(start, input, threads: 1);
            using var other = new OnnxContender("ort", start, SignedWeights.Always, input, threads: 1);
            own.Run();
            other.Run();
            var (count, largest) = (0, 0);
            for (var i = 0; i < own.Output.Length; i++)
            {
                var steps = (int)MathF.Round(MathF.Abs(own.Output[i] - other.Output[i]) / node.Output.Quantization!.Scale);
                (count, largest) = (count + Math.Min(steps, 1), Math.Max(largest, steps));
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{node.Name}: {count} of {own.Output.Length} differ, by at most {largest} steps"));
            if (count > 0)
                return 1;
        }

        return 0;
    }

    private static ModelGraph UpTo(ModelGraph graph, GraphNode last)
    {
        var start = new ModelGraph(graph.Name);
        var values = graph.Inputs.ToDictionary(i => i, i => start.AddInput(i.Name, i.Shape));
        foreach (var node in graph.Nodes)
        {
            foreach (var constant in node.Inputs.Where(i => i.IsConstant))
                values.Add(constant, start.AddConstant(constant.Name, constant.Type, constant.Shape!, constant.Data, constant.Quantization));
            values.Add(node.Output, start.Add(node.Name, node.Operation, [.. node.Inputs.Select(i => values[i])], node.Output.Quantization));
            if (node == last)
                break;
        }

        start.AddOutput(start.Add("cut", new Dequantize(), [values[last.Output]]));
        return start;
    }
}
