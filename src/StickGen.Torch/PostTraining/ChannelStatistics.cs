using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>What each input of a layer is like in the calibration data.</summary>
internal sealed class ChannelStatistics
{
    private readonly Tensor sum;
    private long tokens;

    private ChannelStatistics(int inputs)
    {
        Lowest = full([inputs], float.PositiveInfinity);
        Highest = full([inputs], float.NegativeInfinity);
        sum = zeros([inputs], ScalarType.Float64);
    }

    /// <summary>[inputs].</summary>
    public Tensor Lowest { get; }

    /// <summary>[inputs].</summary>
    public Tensor Highest { get; }

    /// <summary>The largest magnitude, [inputs].</summary>
    public Tensor Largest => maximum(Lowest.abs(), Highest.abs());

    /// <summary>The mean magnitude, [inputs].</summary>
    public Tensor Mean => sum.div(tokens).to_type(ScalarType.Float32);

    /// <summary>Runs a block to see what a layer of it reads.</summary>
    public static ChannelStatistics Of(QuantizationBlock block, BlockLayer layer)
    {
        var statistics = new ChannelStatistics(layer.Inputs);
        block.Observe([layer], (_, input) => statistics.Add(input.reshape(-1, layer.Inputs)));
        return statistics;
    }

    private void Add(Tensor values)
    {
        var (low, high) = values.aminmax(0);
        Lowest.copy_(minimum(Lowest, low));
        Highest.copy_(maximum(Highest, high));
        sum.add_(values.abs().sum(0, type: ScalarType.Float64));
        tokens += values.shape[0];
    }
}
