using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>What the generator adds to a class that is compiled with <see cref="StickGen.Variants.Pruned"/>: its pruned variant, untyped.</summary>
public interface IPrunable : ICompressible
{
    /// <summary>Creates the pruned variant where its type is not known, such as for a child of a <c>Sequential</c>.</summary>
    nn.Module CreatePrunedModule(PrunedBuilder builder);
}

/// <summary>A class with a pruned variant.</summary>
/// <typeparam name="TPruned">The variant.</typeparam>
public interface IPrunable<out TPruned> : IPrunable
    where TPruned : nn.Module, IPruned
{
    /// <summary>Creates the pruned variant of this instance.</summary>
    TPruned CreatePruned(PrunedBuilder builder);

    nn.Module IPrunable.CreatePrunedModule(PrunedBuilder builder) => CreatePruned(builder);
}
