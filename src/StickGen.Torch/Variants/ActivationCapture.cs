using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// Keeps the integers of every quantized value that units compute or read, to be compared with what the integer model
/// computes. Dispose it to stop.
/// </summary>
public sealed class ActivationCapture : IDisposable
{
    private readonly Dictionary<string, int[]> values = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Unit, int Input), int[]> read = [];
    private readonly FakeQuantization state;

    internal ActivationCapture(FakeQuantization state) => this.state = state;

    /// <summary>
    /// The integers of the last forward, row-major (NCHW), of what units computed, by the name that the value has in the
    /// integer model.
    /// </summary>
    public IReadOnlyDictionary<string, int[]> Values => values;

    /// <summary>
    /// The same, and with them the values that no unit computes, only moves (a pool, a flatten), as far as a unit reads them.
    /// </summary>
    /// <param name="model">The integer model that the variant was converted to, which names those values.</param>
    public IReadOnlyDictionary<string, int[]> ValuesIn(ModelGraph model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var all = new Dictionary<string, int[]>(values, StringComparer.Ordinal);
        foreach (var node in model.Nodes.Reverse())
        {
            for (var i = 0; i < node.Inputs.Count; i++)
            {
                if (Quantized(node.Inputs[i]) is { } value && read.TryGetValue((node.Name, i), out var integers))
                    all.TryAdd(value.Name, integers);
            }

            // The same integers in the same order.
            if (node.Operation is Flatten or Reshape && all.TryGetValue(node.Output.Name, out var moved))
                all.TryAdd(node.Inputs[0].Name, moved);
        }

        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => state.Stop(this);

    /// <summary>The value itself, or the one that a float unit reads it from.</summary>
    private static GraphValue? Quantized(GraphValue value) =>
        value.Quantization is not null ? value
        : value.Producer is { Operation: Dequantize, Inputs: [var source] } ? source
        : null;

    internal void Record(Unit unit, ReadOnlySpan<Tensor> inputs, Tensor result)
    {
        for (var i = 0; i < unit.Inputs.Count; i++)
        {
            if (unit.Inputs[i].Quantizer is not null)
                read[(unit.Name, i)] = Integers(inputs[i], unit.Inputs[i]);
        }

        if (unit.Output.Quantizer is not null)
            values[unit.Output.Name] = Integers(result, unit.Output);
    }

    private static int[] Integers(Tensor real, Slot slot)
    {
        using var scope = NewDisposeScope();
        var zeroPoint = slot.Parameters.ZeroPoint;
        return Array.ConvertAll(IntegerArithmetic.Steps(real, slot).ToFloats(), s => (int)s + zeroPoint);
    }
}
