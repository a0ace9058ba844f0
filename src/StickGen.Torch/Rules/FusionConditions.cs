using StickGen.Compression;
using StickGen.Operations;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using Conv2d = TorchSharp.Modules.Conv2d;

namespace StickGen.Rules;

/// <summary>Conditions that the built-in fusions share.</summary>
internal static class FusionConditions
{
    /// <summary>Whether a convolution pads with zeros, alike on both sides.</summary>
    public static bool PadsZeros(Conv2d conv) => conv.padding_mode == PaddingModes.Zeros && Windows.Padding(conv) is not null;

    /// <summary>The activation that a site ends with.</summary>
    public static Activation ActivationOf(Site site) => ((Activate)site.Nodes[^1].Operation).Activation;

    /// <summary>Whether, besides, a batch normalization has running statistics to fold.</summary>
    public static bool Folds(Conv2d conv, BatchNorm2d bn) => PadsZeros(conv) && bn.running_mean is not null;
}
