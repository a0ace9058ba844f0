using System.Text.Json.Serialization;
using StickGen.Compression;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>How a module that took the place of another is made again from a file: its kind and settings, without weights.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(GhostRecipe), "ghost")]
[JsonDerivedType(typeof(LowRankRecipe), "low_rank")]
[JsonDerivedType(typeof(IdentityRecipe), "identity")]
internal abstract record ModuleRecipe
{
    /// <summary>The recipe of a module, or <see langword="null"/> for one of the user's own.</summary>
    public static ModuleRecipe? Of(nn.Module module) => module switch
    {
        GhostConv2d ghost => new GhostRecipe(ghost.Options),
        Identity => new IdentityRecipe(),
        _ => null,
    };

    /// <summary>Makes the module; its weights are read afterwards.</summary>
    /// <exception cref="CompressionException">It cannot take the place of the original.</exception>
    public abstract nn.Module Create(nn.Module original);
}

/// <summary>A <see cref="GhostConv2d"/> with the geometry of the convolution.</summary>
internal sealed record GhostRecipe(GhostOptions Options) : ModuleRecipe
{
    public override nn.Module Create(nn.Module original) => original is Conv2d conv
        ? GhostConv2d.InPlaceOf(conv, Options ?? new())
        : throw new CompressionException($"A {original.GetType().Name} is not replaced by a Ghost module; a Conv2d is.");
}

/// <summary>Two layers instead of one.</summary>
internal sealed record LowRankRecipe(int Rank, ConvolutionFactors Factors) : ModuleRecipe
{
    public override nn.Module Create(nn.Module original) => original is nn.Module<Tensor, Tensor> layer
        ? LowRank.Empty(layer, Rank, Factors)
        : throw new CompressionException($"A {original.GetType().Name} has no factors; a Linear or a Conv2d has.");
}

/// <summary>What became part of the module before it.</summary>
internal sealed record IdentityRecipe : ModuleRecipe
{
    public override nn.Module Create(nn.Module original) => nn.Identity();
}
