using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>What the constructors of pruned variants build themselves with: copies of the original's modules, smaller ones of those that lose channels.</summary>
public sealed class PrunedBuilder : ModuleRebuilder
{
    private readonly PrunedAssembly assembly;
    private readonly string path;

    internal PrunedBuilder(PrunedAssembly assembly, string path)
        : base(assembly, path) => (this.assembly, this.path) = (assembly, path);

    /// <summary>The sizes in the class's reshapes.</summary>
    public PrunedSizes Sizes => new(path, assembly.State.Sizes);

    /// <inheritdoc/>
    public override PrunedBuilder Enter(string name) => new(assembly, ModulePath.Join(path, name));

    /// <summary>Ends the construction of a variant.</summary>
    public PruningState Complete(nn.Module variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        if (path.Length == 0)
            assembly.State.Complete(variant);
        return assembly.State;
    }
}
