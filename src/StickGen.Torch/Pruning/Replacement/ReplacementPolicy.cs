using StickGen.Compression;

namespace StickGen.Pruning;

/// <summary>
/// Which modules of a model are replaced, by their paths. A path stands for the module and for all that is in it; of a match of several modules,
/// that of the first counts.
/// </summary>
public sealed record ReplacementPolicy
{
    /// <summary>Only these; all if there are none.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Not these.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    internal void Validate()
    {
        AlgorithmOptions.Require(Only is not null, nameof(Only), "null", "a list of paths");
        AlgorithmOptions.Require(Exclude is not null, nameof(Exclude), "null", "a list of paths");
    }

    /// <summary>Whether the module at a path may be replaced.</summary>
    internal bool Allows(string path) => (Only.Count == 0 || Only.Any(p => IsAt(path, p))) && !Exclude.Any(p => IsAt(path, p));

    /// <summary>Refuses paths that are none of the model.</summary>
    /// <exception cref="CompressionException">A path is no module of the model.</exception>
    internal void Check(string model, IReadOnlyCollection<string> paths)
    {
        foreach (var (option, list) in new[] { (nameof(Only), Only), (nameof(Exclude), Exclude) })
        {
            if (list.FirstOrDefault(p => !paths.Any(path => IsAt(path, p))) is { } unknown)
                throw new CompressionException($"{option} names '{unknown}', which is no module of {model}. They are: {string.Join(", ", paths)}.");
        }
    }

    private static bool IsAt(string module, string path) => module == path || module.StartsWith(path + ".", StringComparison.Ordinal);
}
