using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// A module that only holds others, under names with dots: where a variant's quantizers are registered, in one place beside
/// the modules of the original.
/// </summary>
internal sealed class StateContainer() : nn.Module(nameof(StateContainer))
{
    private readonly Dictionary<string, StateContainer> parts = new(StringComparer.Ordinal);

    /// <summary>Registers a module under a path, making containers for what is before its last dot.</summary>
    public void Add(string path, nn.Module module)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            register_module(path, module);
            return;
        }

        var name = path[..dot];
        if (!parts.TryGetValue(name, out var part))
        {
            parts.Add(name, part = new());
            register_module(name, part);
        }

        part.Add(path[(dot + 1)..], module);
    }

    /// <summary>Nothing is found by reflection.</summary>
    protected override void RegisterComponents()
    {
    }
}
