using StickGen.Compression;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Distillation;

/// <summary>Holds the last result of one unit, with its gradient, beyond the forward that computed it.</summary>
internal sealed class ValueTap : IDisposable
{
    private readonly FakeQuantization state;
    private readonly Unit unit;
    private Tensor? value;

    /// <param name="state">The variant.</param>
    /// <param name="name">The unit, or the module whose result it computes.</param>
    /// <exception cref="CompressionException">There is no such value; the message says which there are.</exception>
    public ValueTap(FakeQuantization state, string name)
    {
        (this.state, unit) = (state, Find(state, name));
        state.Computed += Keep;
    }

    /// <summary>Gives the value away, to the caller's scope.</summary>
    public Tensor Take()
    {
        using var taken = value ?? throw new CompressionException($"'{unit.Name}' was not computed before the loss; is it the variant that is trained?");
        value = null;
        // A detached tensor cannot be put into a scope; a new handle of it is born in the current one.
        return taken.alias();
    }

    public void Dispose()
    {
        state.Computed -= Keep;
        value?.Dispose();
    }

    private static Unit Find(FakeQuantization state, string name)
    {
        foreach (var unit in state.Units)
        {
            if (unit.Name == name || (unit.Site.Nodes is [.., var last] && last.Name == name))
                return unit;
        }

        foreach (var unit in state.Units)
        {
            if (unit.Site.Nodes.Any(n => n.Name == name))
                throw new CompressionException($"'{name}' is computed inside of the unit '{unit.Name}', whose result is that of '{unit.Site.Nodes[^1].Name}'; name that.");
        }

        throw new CompressionException($"{state.Graph.Name} has no value '{name}'. It has {string.Join(", ", state.Units.Select(u => $"'{u.Name}'"))}.");
    }

    private void Keep(Unit computed, ReadOnlySpan<Tensor> inputs, Tensor result)
    {
        if (computed != unit)
            return;
        value?.Dispose();
        value = result.alias().DetachFromDisposeScope();
    }
}
