using TorchSharp;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// Keeps the integers of every quantized value that units compute, to be compared with what the integer model computes.
/// Dispose it to stop.
/// </summary>
public sealed class ActivationCapture : IDisposable
{
    private readonly Dictionary<string, int[]> values = new(StringComparer.Ordinal);
    private readonly FakeQuantization state;

    internal ActivationCapture(FakeQuantization state) => this.state = state;

    /// <summary>
    /// The integers of the last forward, row-major (NCHW), by the name that the value has in the integer model.
    /// </summary>
    public IReadOnlyDictionary<string, int[]> Values => values;

    /// <inheritdoc/>
    public void Dispose() => state.Stop(this);

    internal void Record(Slot slot, Tensor real)
    {
        if (slot.Quantizer is null)
            return;
        using var scope = NewDisposeScope();
        var zeroPoint = slot.Parameters.ZeroPoint;
        values[slot.Name] = Array.ConvertAll(IntegerArithmetic.Steps(real, slot).ToFloats(), s => (int)s + zeroPoint);
    }
}
