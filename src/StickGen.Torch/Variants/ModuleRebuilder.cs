using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>What the constructors of emitted variants copy the original's members with.</summary>
public abstract class ModuleRebuilder
{
    private readonly ModuleCopies copies;
    private readonly string path;

    private protected ModuleRebuilder(ModuleCopies copies, string path) => (this.copies, this.path) = (copies, path);

    /// <summary>The builder for a module of another compressible class.</summary>
    /// <param name="name">The name under which the module is registered.</param>
    public abstract ModuleRebuilder Enter(string name);

    /// <summary>
    /// Copies a module of the original with its weights, and registers the copy under <paramref name="name"/>. A compressible one
    /// becomes its variant. One that cannot be rebuilt is used as it is, not registered, and named in the summary.
    /// </summary>
    /// <typeparam name="T">The declared type.</typeparam>
    [return: NotNullIfNotNull(nameof(module))]
    public T? Rebuild<T>(nn.Module owner, string name, T? module)
        where T : nn.Module
    {
        if (module is null)
            return null;
        var copy = Typed<T>(copies.Copy(module, ModulePath.Join(path, name), this, name), name);
        return ReferenceEquals(copy, module) ? copy : Register(owner, name, copy);
    }

    /// <summary>Copies a compressible module of the original as its variant, and registers that.</summary>
    /// <typeparam name="T">The declared type.</typeparam>
    /// <typeparam name="TVariant">The type of the variant.</typeparam>
    [return: NotNullIfNotNull(nameof(module))]
    public TVariant? Rebuild<T, TVariant>(nn.Module owner, string name, T? module)
        where T : nn.Module
        where TVariant : nn.Module =>
        module is null ? null : Register(owner, name, Typed<TVariant>(copies.Copy(module, ModulePath.Join(path, name), this, name), name));

    /// <summary>Copies a list of modules of the original, and registers the copy.</summary>
    /// <typeparam name="T">The declared type of the modules.</typeparam>
    [return: NotNullIfNotNull(nameof(list))]
    public ModuleList<T>? Rebuild<T>(nn.Module owner, string name, ModuleList<T>? list)
        where T : nn.Module => Rebuild<T, T>(owner, name, list);

    /// <summary>Copies a list of compressible modules of the original as a list of their variants, and registers that.</summary>
    /// <typeparam name="T">The declared type of the modules.</typeparam>
    /// <typeparam name="TVariant">The type of their variants.</typeparam>
    [return: NotNullIfNotNull(nameof(list))]
    public ModuleList<TVariant>? Rebuild<T, TVariant>(nn.Module owner, string name, ModuleList<T>? list)
        where T : nn.Module
        where TVariant : nn.Module
    {
        if (list is null)
            return null;
        var copy = new ModuleList<TVariant>();
        for (var i = 0; i < list.Count; i++)
        {
            // One that is null holds its place, and is not registered.
            var key = i.ToString(CultureInfo.InvariantCulture);
            copy.Add(list[i] is { } child ? Typed<TVariant>(copies.CopyInList(child, ModulePath.Join(path, $"{name}.{key}"), Enter(name), key, list), $"{name}.{key}") : null!);
        }

        copies.Note(list, copy);
        return Register(owner, name, copy);
    }

    /// <summary>Copies a dictionary of modules of the original, and registers the copy.</summary>
    /// <typeparam name="T">The declared type of the modules.</typeparam>
    [return: NotNullIfNotNull(nameof(dictionary))]
    public ModuleDict<T>? Rebuild<T>(nn.Module owner, string name, ModuleDict<T>? dictionary)
        where T : nn.Module => Rebuild<T, T>(owner, name, dictionary);

    /// <summary>Copies a dictionary of compressible modules of the original as one of their variants, and registers that.</summary>
    /// <typeparam name="T">The declared type of the modules.</typeparam>
    /// <typeparam name="TVariant">The type of their variants.</typeparam>
    [return: NotNullIfNotNull(nameof(dictionary))]
    public ModuleDict<TVariant>? Rebuild<T, TVariant>(nn.Module owner, string name, ModuleDict<T>? dictionary)
        where T : nn.Module
        where TVariant : nn.Module
    {
        if (dictionary is null)
            return null;
        var copy = new ModuleDict<TVariant>();
        foreach (var (key, child) in Children(dictionary, name))
            copy.Add(key, Typed<TVariant>(child, $"{name}.{key}"));
        copies.Note(dictionary, copy);
        return Register(owner, name, copy);
    }

    /// <summary>Copies a parameter of the original and registers the copy.</summary>
    [return: NotNullIfNotNull(nameof(parameter))]
    public Parameter? Rebuild(nn.Module owner, string name, Parameter? parameter)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (parameter is null)
            return null;
        using var noGrad = no_grad();
        var copy = nn.Parameter(copies.Copy(parameter, ModulePath.Join(path, name)), parameter.requires_grad);
        copy.DetachFromDisposeScope();
        owner.register_parameter(name, copy);
        return copy;
    }

    /// <summary>Copies a buffer of the original and registers the copy; a parameter, if a field of type <see cref="Tensor"/> holds one.</summary>
    [return: NotNullIfNotNull(nameof(buffer))]
    public Tensor? Rebuild(nn.Module owner, string name, Tensor? buffer)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (buffer is Parameter parameter)
            return Rebuild(owner, name, parameter);
        if (buffer is null)
            return null;
        var copy = copies.Copy(buffer, ModulePath.Join(path, name));
        owner.register_buffer(name, copy);
        return copy;
    }

    /// <summary>Registers a module, and returns it.</summary>
    public T Register<T>(nn.Module owner, string name, T module)
        where T : nn.Module
    {
        ArgumentNullException.ThrowIfNull(owner);
        owner.register_module(name, module);
        return module;
    }

    private T Typed<T>(nn.Module copy, string name) => copy is T typed
        ? typed
        : throw new CompressionException(
            $"'{ModulePath.Join(path, name)}' is declared as {typeof(T).Name}, which its variant {copy.GetType().FullName} is not. Declare it as Module<Tensor, Tensor>.");

    private IEnumerable<(string Key, nn.Module Copy)> Children(nn.Module list, string name)
    {
        foreach (var (key, child) in list.named_children())
            yield return (key, copies.CopyInList(child, ModulePath.Join(path, $"{name}.{key}"), Enter(name), key, list));
    }
}
