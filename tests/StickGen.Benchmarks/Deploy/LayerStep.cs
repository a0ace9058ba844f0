using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Planning;

namespace StickGen.Benchmarks.Deploy;

/// <summary>One convolution of a graph by itself: bytes in, bytes out, without what is done once for a whole network.</summary>
internal sealed class LayerStep
{
    private readonly IBoundConvolution convolution;
    private readonly byte[] source;
    private readonly byte[] target;
    private readonly byte[] scratch;

    public LayerStep(ModelGraph graph, string node)
    {
        var layer = graph.Nodes.Single(n => n.Name == node);
        var (input, output) = (layer.Inputs[0].Shape!, layer.Output.Shape!);
        convolution = new PackedWeights(KernelSelector.Select()).Integer(layer)
            .Bind(new(1, (int)input[2].Size, (int)input[3].Size, (int)output[2].Size, (int)output[3].Size));
        source = GC.AllocateArray<byte>((int)input.ElementCount.Size, pinned: true);
        target = GC.AllocateArray<byte>((int)output.ElementCount.Size, pinned: true);
        scratch = GC.AllocateArray<byte>((int)convolution.ScratchBytes, pinned: true);
        new Random(3).NextBytes(source);
    }

    public void Run() => convolution.Run(source, target, scratch, Part.Whole);
}
