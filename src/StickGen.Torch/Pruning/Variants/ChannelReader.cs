using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A layer that reads channels which may be masked or gated, or a norm that takes statistics over them.</summary>
/// <param name="axis">The channels it reads.</param>
internal sealed class ChannelReader(ChannelAxis axis)
{
    private readonly List<(ChannelGate Gate, Tensor Index)> gates = [];
    private Tensor? mask;

    /// <summary>Sets what is masked; <see langword="null"/> for nothing.</summary>
    /// <param name="kept">The indices on the axis that are kept.</param>
    public void Mask(long[]? kept)
    {
        mask?.Dispose();
        mask = null;
        if (kept is null || kept.Length == axis.Size)
            return;
        var flags = new float[axis.Size];
        foreach (var index in kept)
            flags[index] = 1;
        mask = tensor(flags).DetachFromDisposeScope();
    }

    /// <summary>Adds the gate of a group.</summary>
    /// <param name="gate">The gate.</param>
    /// <param name="indices">The indices on the axis of each channel of the group.</param>
    public void Add(ChannelGate gate, IReadOnlyList<int[]> indices)
    {
        // What is no channel of the group reads the 1 behind the gates.
        var index = new long[axis.Size];
        Array.Fill(index, indices.Count);
        for (var channel = 0; channel < indices.Count; channel++)
        {
            foreach (var i in indices[channel])
                index[i] = channel;
        }

        gates.Add((gate, tensor(index).DetachFromDisposeScope()));
    }

    /// <summary>What the module computes of the channels that are let through.</summary>
    public Tensor Run(nn.Module<Tensor, Tensor> module, Tensor x)
    {
        if (mask is null && gates.Count == 0)
            return module.forward(x);
        using var scope = NewDisposeScope();
        var on = mask?.to(x.device).to(x.dtype);
        if (axis.Role == ChannelRole.Each)
            return (on is null ? module.forward(x) : MaskedNorms.Run(module, x, on)).MoveToOuterDisposeScope();
        foreach (var (gate, index) in gates)
        {
            var values = gate.Values();
            var all = cat([values, ones(1, dtype: values.dtype, device: values.device)]).index_select(0, index.to(values.device));
            x = gate.Pass(x, Along(all, x));
        }

        return module.forward(on is null ? x : x.mul(Along(on, x))).MoveToOuterDisposeScope();
    }

    private Tensor Along(Tensor values, Tensor x)
    {
        var shape = new long[x.dim()];
        Array.Fill(shape, 1);
        shape[axis.Owner.ChannelDimension < 0 ? ^1 : axis.Owner.ChannelDimension] = axis.Size;
        return values.view(shape);
    }
}
