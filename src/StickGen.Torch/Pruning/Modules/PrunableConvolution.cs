using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Convolutions of one to three dimensions.</summary>
internal sealed class PrunableConvolution(string path, Convolution module) : PrunableConvolutionBase(
    path, module, (module.in_channels, module.out_channels), module.groups, module.kernel_size, isTransposed: false)
{
    protected override nn.Module Create(KeptChannels kept) =>
        Resized.Convolution(module, kept.CountOf(Inputs), kept.CountOf(Outputs), GroupsOf(kept));
}
