using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A pruned variant under construction.</summary>
/// <param name="change">The modules that lose channels or are replaced, and the parameters that become smaller.</param>
/// <param name="state">What the variant will know of its channels.</param>
internal sealed class PrunedAssembly(StructuralChange change, PruningState state) : ModuleCopies
{
    public PruningState State { get; } = state;

    protected override nn.Module Create(ICompressible module, string modulePath, ModuleRebuilder builder) => module is IPrunable prunable
        ? prunable.CreatePrunedModule((PrunedBuilder)builder)
        : throw new CompressionException($"'{modulePath}' ({module.ModelName}) has no pruned variant: add Variants.Pruned to the Emit of its [Compressible].");

    protected override nn.Module? Replacement(nn.Module module, string modulePath, ModuleRebuilder builder, string name)
    {
        if (!change.Modules.TryGetValue(module, out var made))
            return null;
        made.train(module.training);
        // Its channels are pruned too, and so it is a variant in the variant.
        return made is ICompressible compressible ? Create(compressible, modulePath, builder.Enter(name)) : made;
    }

    protected override Tensor CopyState(Tensor value, string path) => change.States.TryGetValue(path, out var smaller) ? smaller.clone() : base.CopyState(value, path);

    /// <summary>It has no channels that pruning knows, or is frozen, so it can be shared.</summary>
    protected override nn.Module Borrow(nn.Module module, string modulePath)
    {
        State.BorrowedModules.Add((modulePath, module));
        return module;
    }
}
