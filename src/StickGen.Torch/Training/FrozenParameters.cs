using TorchSharp.Modules;

namespace StickGen.Training;

/// <summary>Parameters that have no gradients until this is disposed. Then those that had some have them again.</summary>
internal sealed class FrozenParameters : IDisposable
{
    private readonly List<Parameter> frozen;

    public FrozenParameters(IEnumerable<Parameter> parameters)
    {
        frozen = [.. parameters.Where(p => p.requires_grad)];
        frozen.ForEach(p => p.requires_grad = false);
    }

    public void Dispose() => frozen.ForEach(p => p.requires_grad = true);
}
