using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Torch.Tests.Training;
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
        CheckLoaded(deployed, runtime, x);
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

    /// <summary>The file has the same numbers, however few bits it stores weights in.</summary>
    private static void CheckLoaded(QuantizedModel deployed, IReadOnlyDictionary<string, int[]> expected, Tensor x)
    {
        using var folder = new TemporaryFolder();
        deployed.Save(folder.File("model.safetensors"));
        using var loaded = QuantizedModel.Load(folder.File("model.safetensors"), deployed.Signature);
        foreach (var (name, values) in loaded.Trace(x.ToArray()))
            Assert.Equal(expected[name], values);
    }
}
