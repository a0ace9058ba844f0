using System.Diagnostics.CodeAnalysis;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// What the constructors of emitted variants build themselves with: copies of the original's modules, and the units of the
/// sites of their <c>forward</c>.
/// </summary>
public sealed class VariantBuilder
{
    private readonly VariantAssembly assembly;
    private readonly string path;

    internal VariantBuilder(VariantAssembly assembly, string path) => (this.assembly, this.path) = (assembly, path);

    /// <summary>The builder for a module of another compressible class.</summary>
    /// <param name="name">The name under which the module is registered.</param>
    public VariantBuilder Enter(string name) => new(assembly, ModulePath.Join(path, name));

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
        var copy = assembly.Copy(module, ModulePath.Join(path, name), this, name);
        if (copy is not T typed)
            throw new CompressionException(
                $"'{ModulePath.Join(path, name)}' is declared as {typeof(T).Name}, which its variant {copy.GetType().FullName} is not. Declare it as Module<Tensor, Tensor>.");
        return copy == module ? typed : Register(owner, name, typed);
    }

    /// <summary>Copies a parameter of the original and registers the copy.</summary>
    [return: NotNullIfNotNull(nameof(parameter))]
    public Parameter? Rebuild(nn.Module owner, string name, Parameter? parameter)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (parameter is null)
            return null;
        using var noGrad = no_grad();
        var copy = nn.Parameter(parameter.detach().clone(), parameter.requires_grad);
        copy.DetachFromDisposeScope();
        owner.register_parameter(name, copy);
        return copy;
    }

    /// <summary>Copies a buffer of the original and registers the copy.</summary>
    [return: NotNullIfNotNull(nameof(buffer))]
    public Tensor? Rebuild(nn.Module owner, string name, Tensor? buffer)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (buffer is null)
            return null;
        var copy = buffer.detach().clone().DetachFromDisposeScope();
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

    /// <summary>The unit of an input.</summary>
    /// <param name="name">The name of <c>forward</c>'s parameter.</param>
    public Unit Input(string name) => assembly.Input(path, name);

    /// <summary>The unit of a site.</summary>
    /// <param name="site">Its name.</param>
    public Unit Unit(string site) => assembly.Unit(path, site);

    /// <summary>
    /// Ends the construction of a variant. For the outermost one, quantizers are placed and the state is registered.
    /// </summary>
    public FakeQuantization Complete(nn.Module variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        if (path.Length == 0)
            assembly.Complete(variant);
        return assembly.State;
    }
}
