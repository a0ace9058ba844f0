using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// The units of a loop in an emitted <c>forward</c>: each iteration has its own. There are as many as the loop ran when the model
/// was compressed.
/// </summary>
/// <typeparam name="T">The units of one iteration.</typeparam>
public sealed class Iterations<T>
{
    private readonly string loop;
    private readonly IReadOnlyDictionary<long, T> units;

    internal Iterations(string loop, IReadOnlyDictionary<long, T> units) => (this.loop, this.units) = (loop, units);

    /// <summary>The units of the iteration with a number.</summary>
    /// <param name="iteration">In a <c>foreach</c> the items are numbered from 0; in a <c>for</c> it is what is counted.</param>
    /// <exception cref="CompressionException">There was no such iteration when the model was compressed.</exception>
    public T this[long iteration] => units.TryGetValue(iteration, out var found)
        ? found
        : throw new CompressionException(
            $"The loop '{loop}' did not run iteration {iteration} when the model was compressed. Set what decides on its length before Apply.");

    /// <summary>Items, each beside the units of its iteration.</summary>
    public IEnumerable<(TItem Item, T Units)> Each<TItem>(IEnumerable<TItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var iteration = 0;
        foreach (var item in items)
            yield return (item, this[iteration++]);
    }

    /// <summary>The modules of a dictionary with their names, each beside the units of its iteration.</summary>
    public IEnumerable<((string, TModule) Item, T Units)> Each<TModule>(ModuleDict<TModule> items)
        where TModule : nn.Module => Each<(string, TModule)>(items);
}
