using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// A value that can be computed in another scale, channel by channel, while the block's results stay the same: what computes it (the weight of a norm, the rows of a linear layer) is divided, and the
/// columns of the linear layers that read it are multiplied.
/// </summary>
public sealed class FoldSite
{
    private readonly Tensor[] source;
    private readonly Tensor? sourceBias;
    private readonly long[] map;

    internal FoldSite(string name, IReadOnlyList<BlockLayer> layers, IReadOnlyList<TorchSharp.Modules.Linear> others, Tensor[] source, Tensor? sourceBias, long[] map)
    {
        (Source, Layers, Others, this.source, this.sourceBias, this.map) = (name, layers, others, source, sourceBias, map);
        Channels = checked((int)source[0].shape[0]);
    }

    /// <summary>What computes the value: the key of a norm's weight, or the path of a linear layer.</summary>
    public string Source { get; }

    /// <summary>The layers that read it, all with the same inputs.</summary>
    public IReadOnlyList<BlockLayer> Layers { get; }

    /// <summary>The channels of the source, which may be fewer than the inputs of the layers, where heads of values are shared.</summary>
    public int Channels { get; }

    /// <summary>Whether the value can also be shifted: there is a bias to subtract from.</summary>
    public bool CanShift => sourceBias is not null;

    /// <summary>Layers that read it, too, and are kept in float.</summary>
    internal IReadOnlyList<TorchSharp.Modules.Linear> Others { get; }

    /// <summary>For each input of the layers the number of its channel.</summary>
    internal bool IsDirect => map.Select((channel, input) => channel == input).All(same => same) && map.Length == Channels;

    /// <summary>A number for each channel as one for each input of the layers.</summary>
    /// <param name="channels">[channels].</param>
    public Tensor ToInputs(Tensor channels) => channels.index_select(0, tensor(map));

    /// <summary>Numbers for the inputs of the layers as one for each channel, the largest of its inputs'.</summary>
    /// <param name="inputs">[inputs].</param>
    public Tensor ToChannels(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var scope = NewDisposeScope();
        // 1 for a channel that no input has.
        var channels = new float?[Channels];
        var values = inputs.to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        for (var i = 0; i < values.Length; i++)
            channels[map[i]] = Math.Max(channels[map[i]] ?? values[i], values[i]);
        return tensor(Array.ConvertAll(channels, c => c ?? 1f)).MoveToOuterDisposeScope();
    }

    /// <summary>Divides the value by a scale, and multiplies the weights of the layers.</summary>
    /// <param name="scale">[channels], finite and larger than 0.</param>
    /// <exception cref="CompressionException">A scale is another number.</exception>
    public void Scale(Tensor scale)
    {
        ArgumentNullException.ThrowIfNull(scale);
        using var scope = NewDisposeScope();
        if (!(scale.isfinite() & scale.gt(0)).all().item<bool>())
            throw new CompressionException($"A scale of what '{Source}' computes is not finite or not larger than 0.");
        foreach (var part in source)
            part.div_(scale.reshape([Channels, .. Enumerable.Repeat(1L, (int)part.dim() - 1)]));
        var columns = ToInputs(scale);
        foreach (var weight in Layers.Select(l => l.Weight).Concat(Others.Select(o => (Tensor)o.weight)))
            weight.mul_(columns);
        foreach (var layer in Layers)
            layer.Rescale(columns);
        Changed();
    }

    /// <summary>Subtracts a shift from the value, and adds what the layers make of it to their biases.</summary>
    /// <param name="shift">[channels], finite.</param>
    /// <exception cref="CompressionException">The value cannot be shifted, or a layer has no bias (<see cref="PostTrainingStep.AddsBias"/>).</exception>
    public void Shift(Tensor shift)
    {
        ArgumentNullException.ThrowIfNull(shift);
        if (sourceBias is null)
            throw new CompressionException($"What '{Source}' computes cannot be shifted: it has no bias.");
        using var scope = NewDisposeScope();
        sourceBias.sub_(shift);
        var inputs = ToInputs(shift);
        foreach (var (name, weight, bias) in Layers.Select(l => (l.Name, l.Weight, l.Bias)).Concat(Others.Select(o => ("", (Tensor)o.weight, (Tensor?)o.bias))))
            (bias ?? throw new CompressionException($"'{name}' has no bias for the shift of what it reads.")).add_(weight.matmul(inputs));
        foreach (var layer in Layers)
            layer.Move(inputs);
        Changed();
    }

    private void Changed()
    {
        foreach (var layer in Layers.Concat(SourceLayer is null ? [] : [SourceLayer]))
            layer.Try(null);
    }

    /// <summary>The source, if it is a layer that is quantized.</summary>
    internal BlockLayer? SourceLayer { get; init; }
}
