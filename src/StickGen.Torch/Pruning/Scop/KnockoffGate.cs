using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// The selection layer of SCOP (Tang et al. 2020, "SCOP: scientific control for reliable neural network pruning"). A batch has real samples
/// and, after them, as many knockoffs; the features of the real ones become κ·real + (1 − κ)·knockoff, with a learned κ in [0, 1] for
/// each channel. A channel whose knockoff serves as well gets a small κ.
/// </summary>
public sealed class KnockoffGate : nn.Module<Tensor, Tensor>
{
    private readonly Parameter kappa;

    /// <summary>A gate of channels along dimension 1.</summary>
    /// <param name="channels">Their number, at least 1.</param>
    public KnockoffGate(long channels)
        : base(nameof(KnockoffGate))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        kappa = nn.Parameter(full([channels], 0.5));
        register_parameter("kappa", kappa);
    }

    /// <summary>κ of each channel; ½ at first.</summary>
    public Parameter Kappa => kappa;

    /// <summary>Whether batches have knockoffs. Without, values pass as they are.</summary>
    public bool IsMixing { get; set; } = true;

    /// <summary>A batch followed by its knockoffs, which are its samples in another order: the same statistics, other labels.</summary>
    /// <param name="batch">[N, …], N at least 2.</param>
    /// <param name="order">A permutation of 0 … N − 1 (int64).</param>
    public static Tensor WithKnockoffs(Tensor batch, Tensor order)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(order);
        return order.dim() == 1 && order.shape[0] == batch.shape[0]
            ? cat([batch, batch.index_select(0, order)], 0)
            : throw new CompressionException($"The order has the shape [{string.Join(", ", order.shape)}]; one index for each of {batch.shape[0]} samples is needed.");
    }

    /// <summary>The importance of channels after the knockoff phase: |γ|·(2κ − 1), κ less that of the knockoff, times the norm's factor.</summary>
    /// <param name="gamma">The factor of the batch normalization, [C].</param>
    /// <param name="kappa">κ, [C].</param>
    public static Tensor Scores(Tensor gamma, Tensor kappa)
    {
        ArgumentNullException.ThrowIfNull(gamma);
        ArgumentNullException.ThrowIfNull(kappa);
        return gamma.shape.SequenceEqual(kappa.shape)
            ? gamma.abs().mul(kappa.clamp(0, 1).mul(2).sub(1))
            : throw new CompressionException($"γ has the shape [{string.Join(", ", gamma.shape)}] and κ [{string.Join(", ", kappa.shape)}].");
    }

    /// <summary>Keeps κ in [0, 1]: to be called after each step of the optimizer.</summary>
    public void Clamp()
    {
        using var noGrad = no_grad();
        kappa.clamp_(0, 1);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (!IsMixing)
            return x.alias();
        using var scope = NewDisposeScope();
        if (x.shape[0] % 2 != 0)
            throw new CompressionException($"A batch of {x.shape[0]} has no knockoffs: it has to be twice the samples.");
        var size = x.shape[0] / 2;
        var (real, knockoff) = (x.narrow(0, 0, size), x.narrow(0, size, size));
        var shape = new long[x.dim()];
        Array.Fill(shape, 1);
        shape[1] = kappa.shape[0];
        var k = kappa.clamp(0, 1).view(shape);
        return cat([real.mul(k).add(knockoff.mul(k.neg().add(1))), knockoff], 0).MoveToOuterDisposeScope();
    }
}
