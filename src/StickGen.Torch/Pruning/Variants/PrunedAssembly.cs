using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A pruned variant under construction.</summary>
/// <param name="smaller">The modules that lose channels, with those that take their places.</param>
/// <param name="sizes">The sizes in reshapes that differ from the original's.</param>
/// <param name="shapes">The shapes of the inputs.</param>
internal sealed class PrunedAssembly(
    IReadOnlyDictionary<nn.Module, nn.Module> smaller, IReadOnlyDictionary<SizeKey, long> sizes, Shape[] shapes) : ModuleCopies
{
    public IReadOnlyDictionary<SizeKey, long> Sizes { get; } = sizes;

    public PruningState State { get; } = new(sizes, shapes);

    protected override nn.Module Create(ICompressible module, string modulePath, ModuleRebuilder builder) => module is IPrunable prunable
        ? prunable.CreatePrunedModule((PrunedBuilder)builder)
        : throw new CompressionException($"'{modulePath}' ({module.ModelName}) has no pruned variant: add Variants.Pruned to the Emit of its [Compressible].");

    protected override nn.Module? CopyOne(nn.Module module) => smaller.TryGetValue(module, out var made) ? made : base.CopyOne(module);

    /// <summary>It has no channels that pruning knows, or is frozen, so it can be shared.</summary>
    protected override nn.Module Borrow(nn.Module module, string modulePath) => module;
}
