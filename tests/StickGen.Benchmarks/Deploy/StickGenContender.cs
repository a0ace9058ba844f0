using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Benchmarks.Deploy;

/// <summary>A quantized network in StickGen.</summary>
internal sealed class StickGenContender(ModelGraph graph, float[] input, int threads) : IContender
{
    private readonly QuantizedModel model = QuantizedModel.FromGraph(graph, threads);
    private readonly float[] output = new float[graph.Outputs[0].Shape!.ElementCount.Size];

    public string Name => "stickgen";

    public ReadOnlySpan<float> Output => output;

    public void Run() => model.Run(input, output);

    public void Dispose() => model.Dispose();
}
