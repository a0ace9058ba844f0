using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A pruned variant under construction.</summary>
/// <param name="replaced">The modules that lose channels or are replaced, with those that take their places.</param>
/// <param name="state">What the variant will know of its channels.</param>
internal sealed class PrunedAssembly(IReadOnlyDictionary<nn.Module, nn.Module> replaced, PruningState state) : ModuleCopies
{
    public PruningState State { get; } = state;

    protected override nn.Module Create(ICompressible module, string modulePath, ModuleRebuilder builder) => module is IPrunable prunable
        ? prunable.CreatePrunedModule((PrunedBuilder)builder)
        : throw new CompressionException($"'{modulePath}' ({module.ModelName}) has no pruned variant: add Variants.Pruned to the Emit of its [Compressible].");

    protected override nn.Module? Replacement(nn.Module module, string modulePath, ModuleRebuilder builder, string name)
    {
        if (!replaced.TryGetValue(module, out var made))
            return null;
        made.train(module.training);
        // Its channels are pruned too, and so it is a variant in the variant.
        return made is ICompressible compressible ? Create(compressible, modulePath, builder.Enter(name)) : made;
    }

    /// <summary>It has no channels that pruning knows, or is frozen, so it can be shared.</summary>
    protected override nn.Module Borrow(nn.Module module, string modulePath) => module;
}
