using StickGen.Units;

namespace StickGen.Compression;

/// <summary>How a batch normalization that follows a convolution is simulated in training.</summary>
public enum BatchNormFold
{
    /// <summary>
    /// Not at all: <c>BN(conv(x, q(W)))</c>. The integers are those of <c>W</c>; the factor <c>γ/σ</c> becomes part of their
    /// scales.
    /// </summary>
    None,

    /// <summary>
    /// <c>BN(conv(x, q(W·γ/σ)) · σ/γ)</c> with the running <c>σ</c>: the weights are quantized as they will be deployed, for
    /// one convolution.
    /// </summary>
    OneConvFold,

    /// <summary>
    /// Statistics of the batch from a first convolution with <c>W</c>, then <c>conv(x, q(W·γ/σ)) · σ/σ_batch + β − γμ_batch/σ_batch</c>;
    /// with the running statistics, and without the first convolution, once frozen (Krishnamoorthi 2018).
    /// </summary>
    TwoConvFold,
}

/// <summary>How batch normalization is simulated.</summary>
/// <param name="Fold">Whether and how it is folded into the weights.</param>
/// <param name="FreezeAfter">
/// The number of forwards in training after which running statistics are used and no longer updated; <see langword="null"/> for never.
/// </param>
public sealed record BatchNormOptions(BatchNormFold Fold = BatchNormFold.OneConvFold, long? FreezeAfter = null);
