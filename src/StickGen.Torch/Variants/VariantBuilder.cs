using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// What the constructors of emitted variants build themselves with: copies of the original's modules, and the units of the
/// sites of their <c>forward</c>.
/// </summary>
public sealed class VariantBuilder : ModuleRebuilder
{
    private readonly VariantAssembly assembly;
    private readonly string path;
    private readonly string iteration;

    internal VariantBuilder(VariantAssembly assembly, string path, string iteration = "")
        : base(assembly, path) => (this.assembly, this.path, this.iteration) = (assembly, path, iteration);

    /// <summary>The builder for a module of another compressible class.</summary>
    /// <param name="name">The name under which the module is registered.</param>
    public override VariantBuilder Enter(string name) => new(assembly, ModulePath.Join(path, name));

    /// <summary>The unit of an input.</summary>
    /// <param name="name">The name of <c>forward</c>'s parameter.</param>
    public Unit Input(string name) => assembly.Input(path, name);

    /// <summary>The unit of a site.</summary>
    /// <param name="site">Its name.</param>
    public Unit Unit(string site) => assembly.Unit(path, ModulePath.Join(iteration, site));

    /// <summary>The unit of a site that is run where a tensor is missing that the graph has: there, its value passes as it is.</summary>
    /// <param name="site">Its name.</param>
    public Unit Fallback(string site) => assembly.Unit(path, ModulePath.Join(iteration, site), isFallback: true);

    /// <summary>The units of a loop: made once for each iteration that it ran when it was replayed.</summary>
    /// <typeparam name="T">The units of one iteration.</typeparam>
    /// <param name="loop">The name of the loop.</param>
    /// <param name="make">Makes them.</param>
    public Iterations<T> Each<T>(string loop, Func<VariantBuilder, T> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        var key = ModulePath.Join(iteration, loop);
        return new(key, assembly.IterationsOf(path, key).ToDictionary(number => number, number => make(new(assembly, path, $"{key}[{number}]"))));
    }

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
