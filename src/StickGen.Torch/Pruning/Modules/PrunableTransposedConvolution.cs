using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Transposed convolutions of one and two dimensions.</summary>
internal sealed class PrunableTransposedConvolution(string path, ConvolutionTranspose module) : PrunableConvolutionBase(
    path, module, (module.in_channels, module.out_channels), module.groups, module.kernel_size, isTransposed: true)
{
    protected override nn.Module Create(KeptChannels kept) =>
        Resized.Transposed(module, kept.CountOf(Inputs), kept.CountOf(Outputs), GroupsOf(kept));
}
