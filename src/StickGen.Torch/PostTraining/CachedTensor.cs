using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Keys or values of an attention as a decoder would keep them: after rotary positions, before a product reads them. Where several heads of queries share one, it does not matter whether it is repeated
/// already: the numbers of a token and a head are the same.
/// </summary>
internal sealed class CachedTensor
{
    private readonly bool isTransposed, isPerChannel;
    private readonly long[] others, layout;
    private Tensor? largest;

    /// <param name="name">Which keys or values.</param>
    /// <param name="value">The operand of the product, […, tokens, channels].</param>
    /// <param name="precision">How they are quantized.</param>
    /// <param name="isTransposed">Whether it is […, channels, tokens].</param>
    /// <param name="batch">The first dimension of what the model is given, if it is known.</param>
    /// <exception cref="CompressionException">They cannot be quantized so; the message says why.</exception>
    public CachedTensor(string name, GraphValue value, KeyValuePrecision precision, bool isTransposed, Dimension? batch)
    {
        (Name, this.isTransposed, isPerChannel) = (name, isTransposed, precision == KeyValuePrecision.Int8PerChannel);
        if (value.Shape is not { Rank: >= 2 } shape)
            throw new CompressionException($"{name} stay in float: the shape of '{value.Name}' is not known");
        var size = shape[isTransposed ? -2 : -1];
        // Before tokens and channels are heads. What is dynamic there is the batch, as is the first of four.
        var heads = Enumerable.Range(0, shape.Rank - 2).Where(d => shape[d].IsFixed && (d > 0 || (shape.Rank < 4 && shape[d] != batch))).ToList();
        if (isPerChannel && (!size.IsFixed || Enumerable.Range(0, shape.Rank - 2).Except(heads).Any(d => shape[d].IsUnknown || shape[d] is { Symbol: not null, Factor: > 1 })))
            throw new CompressionException($"{name} stay in float: the heads of '{value.Name}' {shape} cannot be told from the batch, so that their channels have no scales of their own");

        var count = heads.Aggregate(1L, (product, d) => product * shape[d].Size);
        Repeats = Repetitions(value) is var repeats && count % repeats == 0 ? repeats : 1;
        (Heads, Size) = (count / Repeats, size.IsFixed ? size.Size : 0);
        others = [.. Enumerable.Range(0, shape.Rank - 2).Except(heads).Select(d => (long)d), isTransposed ? shape.Rank - 1 : shape.Rank - 2];
        layout = [.. Enumerable.Range(0, shape.Rank - 2).Select(d => heads.Contains(d) ? shape[d].Size : 1), isTransposed ? Size : 1, isTransposed ? 1 : Size];
    }

    /// <summary>Which keys or values.</summary>
    public string Name { get; }

    /// <summary>Heads that are kept, which several heads of queries may share.</summary>
    public long Heads { get; }

    /// <summary>What a head has of one token; 0 where that is not known.</summary>
    public long Size { get; }

    /// <summary>How often a head that is kept comes in what the product reads, one after the other.</summary>
    public long Repeats { get; }

    /// <summary>Whether each channel has a scale of its own, which has to be calibrated.</summary>
    public bool NeedsScales => isPerChannel;

    /// <summary>Whether they are rounded at present.</summary>
    public bool IsQuantized { get; set; }

    /// <summary>Whether the largest magnitudes are being looked for.</summary>
    public bool IsObserved { get; set; }

    /// <summary>The scales of channels, [heads, size]. None before the block is calibrated; until then, scales are those of the batch at hand.</summary>
    public Tensor? Scales { get; private set; }

    /// <summary>What the integers stand for, where they are rounded.</summary>
    /// <param name="x">What the product reads.</param>
    public Tensor Round(Tensor x)
    {
        if (IsObserved)
            Observe(x);
        if (!IsQuantized)
            return x;
        long[] along = isPerChannel ? others : [isTransposed ? -2 : -1];
        var scale = Scales is null ? GroupFakeQuantize.SymmetricScale(x.detach().abs().amax(along, true)) : Along(Scales);
        return GroupFakeQuantize.Symmetric(x, scale);
    }

    /// <summary>Keeps the scales of what was observed.</summary>
    /// <exception cref="CompressionException">Nothing was, or values are not finite.</exception>
    public void Calibrate()
    {
        using var scope = NewDisposeScope();
        if (largest is null)
            throw new CompressionException($"{Name} are not reached with the calibration data; give data that reaches them.");
        if (!largest.isfinite().all().item<bool>())
            throw new CompressionException($"{Name} have values that are not finite; calibrate with data on which the network computes finite values.");
        // A head that is repeated has the same numbers each time.
        Restore(GroupFakeQuantize.SymmetricScale(largest.reshape(Heads, Repeats, Size).select(1, 0)));
        largest.Dispose();
        largest = null;
    }

    /// <summary>Takes scales that were calibrated before.</summary>
    /// <param name="scales">[heads, size].</param>
    public void Restore(Tensor scales) => Scales = scales.contiguous().clone().DetachFromDisposeScope();

    private void Observe(Tensor x)
    {
        using var scope = NewDisposeScope();
        var now = x.detach().abs().amax(others, true);
        var all = largest is null ? now : maximum(largest, now);
        largest?.Dispose();
        largest = all.DetachFromDisposeScope();
    }

    /// <summary>The scales as they are multiplied with what a product reads.</summary>
    private Tensor Along(Tensor scales) => scales.unsqueeze(1).expand(Heads, Repeats, Size).reshape(layout);

    private static long Repetitions(GraphValue value)
    {
        var times = 1L;
        // Functions of a value by itself that move it, keep it or repeat its elements; repeat puts the copies of all heads behind each other.
        while (value.Producer is { Inputs: [var before] } node && node.Operation is not Rearrange { Function: not "repeat_interleave" }
            && Ratio(node, before) is { IsFixed: true } ratio)
        {
            times *= ratio.Size;
            value = before;
        }

        return times;
    }

    /// <summary>How many times as many elements a node's result has; a product of two sizes that have names is not known, and so neither is a quotient of such.</summary>
    private static Dimension Ratio(GraphNode node, GraphValue before) => node.Operation switch
    {
        RepeatInterleave repeat => repeat.Repeats,
        Permute or Reshape or Flatten or Elementwise or Activate or Dropout => 1,
        _ => node.Output.Shape is { } shape && before.Shape is { } smaller ? shape.ElementCount / smaller.ElementCount : Dimension.Unknown,
    };
}
