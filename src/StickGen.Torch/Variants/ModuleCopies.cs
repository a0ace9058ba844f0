using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Which copy stands for which module of the original, while a variant is made.</summary>
internal abstract class ModuleCopies
{
    private readonly Dictionary<nn.Module, nn.Module> copies = new(ReferenceEqualityComparer.Instance);

    /// <summary>The copy of a module; the module itself where it cannot be rebuilt.</summary>
    public nn.Module Copy(nn.Module module, string modulePath, ModuleRebuilder builder, string name)
    {
        if (copies.TryGetValue(module, out var known))
            return known;
        var copy = Replacement(module, modulePath, builder, name) ?? module switch
        {
            ICompressible compressible => Create(compressible, modulePath, builder.Enter(name)),
            Sequential sequential when ModulePath.CallsChildrenInOrder(sequential) => Copy(sequential, modulePath, builder, name),
            _ => ModuleCopier.TryCopy(module) ?? Borrow(module, modulePath),
        };
        copies.Add(module, copy);
        return copy;
    }

    /// <summary>The copy of a module that is in a list, where it has to be a copy.</summary>
    public nn.Module CopyInList(nn.Module child, string childPath, ModuleRebuilder builder, string name, nn.Module list)
    {
        var copy = Copy(child, childPath, builder, name);
        return copy != child ? copy : throw new CompressionException(
            $"'{childPath}' ({child.GetType().Name}) cannot be rebuilt, and so neither can the {ListName(list)} it is in. Implement {nameof(IRebuildable)}.");
    }

    /// <summary>Notes the copy of a list.</summary>
    public void Note(nn.Module list, nn.Module copy) => copies.Add(list, copy);

    /// <summary>Puts each copy into the mode of its original, which may be another one than the model's: a layer frozen by eval().</summary>
    public void CopyModes()
    {
        // Copies are noted after those that they contain, and setting a mode sets that of all contained ones.
        foreach (var (original, copy) in copies.Reverse().Where(c => c.Key != c.Value && c.Key.training != c.Value.training))
            copy.train(original.training);
    }

    /// <summary>A module of the variant.</summary>
    public nn.Module CopyOf(nn.Module original) =>
        copies.TryGetValue(original, out var copy)
            ? copy
            : throw new CompressionException($"A {original.GetType().Name} that forward calls is not a registered module of the model.");

    /// <summary>The variant of a compressible module.</summary>
    protected abstract nn.Module Create(ICompressible module, string modulePath, ModuleRebuilder builder);

    /// <summary>A copy of a parameter or buffer that a class holds itself.</summary>
    public Tensor Copy(Tensor value, string path)
    {
        using var noGrad = no_grad();
        return CopyState(value, path).DetachFromDisposeScope();
    }

    /// <summary>A new tensor in the place of a parameter or buffer.</summary>
    protected virtual Tensor CopyState(Tensor value, string path) => value.detach().clone();

    /// <summary>What takes the place of a module instead of a copy, or <see langword="null"/>.</summary>
    protected virtual nn.Module? Replacement(nn.Module module, string modulePath, ModuleRebuilder builder, string name) => null;

    /// <summary>Notes that a module stands for itself.</summary>
    protected abstract nn.Module Borrow(nn.Module module, string modulePath);

    private Sequential Copy(Sequential sequential, string modulePath, ModuleRebuilder builder, string name)
    {
        var copy = nn.Sequential();
        foreach (var (childName, child) in sequential.named_children())
        {
            var childCopy = CopyInList(child, $"{modulePath}.{childName}", builder.Enter(name), childName, sequential);
            copy.append(childName, (nn.IModule<Tensor, Tensor>)childCopy);
        }

        copy.train(sequential.training);
        return copy;
    }

    private static string ListName(nn.Module list) => list.GetType().Name.Split('`')[0];
}
