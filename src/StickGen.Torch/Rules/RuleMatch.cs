using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>The modules that the names in a pattern stand for at one place of a model.</summary>
public sealed class RuleMatch
{
    private readonly Dictionary<string, nn.Module> modules;

    internal RuleMatch(Dictionary<string, nn.Module> modules) => this.modules = modules;

    /// <summary>A module.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="name">Its name in the pattern.</param>
    /// <exception cref="CompressionException">The pattern has no such name, or the module is of another type.</exception>
    public T Module<T>(string name)
        where T : nn.Module =>
        !modules.TryGetValue(name, out var module) ? throw new CompressionException($"The pattern has no module named '{name}'.")
        : module as T ?? throw new CompressionException($"'{name}' is a {module.GetType().Name}, not a {typeof(T).Name}.");

    internal RuleMatch Map(Func<nn.Module, nn.Module> map) =>
        new(modules.ToDictionary(m => m.Key, m => map(m.Value), StringComparer.Ordinal));
}
