using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>Fake, real and the slow reference compute the same integers for every quantized value.</summary>
internal static class ExactParity
{
    public static void Check(Module<Tensor, Tensor> variant, FakeQuantization state, ModelGraph graph, Tensor x)
    {
        using var deployed = QuantizedModel.FromGraph(graph);
        var runtime = deployed.Trace(x.ToArray());
        var reference = ReferenceInterpreter.Run(deployed.Graph, x.ToArray(), x.shape);

        state.Mode = QuantizationMode.IntegerExact;
        using var capture = state.CaptureActivations();
        using (no_grad())
            variant.forward(x);
        var captured = capture.ValuesIn(deployed.Graph);
        Assert.NotEmpty(captured);
        foreach (var (name, values) in captured)
        {
            Assert.Equal(reference[name], values);
            Assert.Equal(runtime[name], values);
        }
    }
}
