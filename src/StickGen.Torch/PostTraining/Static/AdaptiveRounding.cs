using StickGen.Training;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// AdaRound (Nagel et al. 2020): learns for each weight whether it is rounded up or down, so that the layer, activation included, computes from the quantized network's values what it computes in the float network. The
/// choice is soft while it is learned, <c>h(V) = clamp(sigmoid(V)·1.2 − 0.1, 0, 1)</c> (a rectified sigmoid), and is driven to 0 or 1 by <c>λ·Σ(1 − |2h − 1|^β)</c> with a falling β.
/// </summary>
internal static class AdaptiveRounding
{
    private const double Zeta = 1.1, Gamma = -0.1;

    /// <summary>The integers, shaped as the weight.</summary>
    /// <param name="layer">The layer, with its float weight.</param>
    /// <param name="samples">What it is given and should compute.</param>
    /// <param name="options">How long, and how fast.</param>
    /// <param name="seed">What batches derive from.</param>
    /// <param name="cancellation">Asked in each step.</param>
    public static Tensor Learn(CalibratedLayer layer, LayerSamples samples, AdaptiveRoundingOptions options, ulong seed, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (low, high) = (layer.Quantizer.Scheme.QMin, layer.Quantizer.Scheme.QMax);
        var (weight, bias) = (layer.FoldedWeight(), layer.FoldedBias());
        var scale = layer.Dequantize(ones_like(weight));
        var steps = weight.div(scale);
        var floor = steps.floor();
        // h(V) is the fraction at first: the float weights.
        var rest = steps.sub(floor);
        using var choice = nn.Parameter(rest.sub(Gamma).div(rest.neg().add(Zeta)).log());
        using var adam = optim.Adam([choice], options.LearningRate);
        var random = new SplitMix64(Seeds.Derive((long)seed, Seeds.Calibration, -1));
        for (var step = 0; step < options.Iterations; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            using var gradients = enable_grad();
            var (inputs, targets) = Batch(samples, options.BatchSize, ref random);
            var up = Up(choice);
            var soft = floor.add(up).clamp(low, high).mul(scale);
            var result = layer.Unit.Activation.Apply(layer.Product(inputs, soft).add(bias));
            var loss = result.sub(targets).square().sum([1L]).mean();
            if (Beta(options, step) is { } beta)
                loss = loss + up.mul(2).sub(1).abs().pow(beta).neg().add(1).sum().mul(options.Regularization);
            adam.zero_grad();
            loss.backward();
            adam.step();
        }

        return floor.add(Up(choice.detach()).ge(0.5).to_type(floor.dtype)).clamp(low, high).MoveToOuterDisposeScope();
    }

    /// <summary>β of a step, along half a cosine; <see langword="null"/> while there is no regularization.</summary>
    internal static double? Beta(AdaptiveRoundingOptions options, int step)
    {
        var start = options.WarmStart * options.Iterations;
        return step < start ? null
            : options.LastBeta + (0.5 * (options.FirstBeta - options.LastBeta) * (1 + Math.Cos((step - start) / (options.Iterations - start) * Math.PI)));
    }

    /// <summary>h(V).</summary>
    private static Tensor Up(Tensor choice) => choice.sigmoid().mul(Zeta - Gamma).add(Gamma).clamp(0, 1);

    /// <summary>Samples that are drawn with replacement; all of them in order, where a batch has room for them.</summary>
    private static (Tensor Inputs, Tensor Targets) Batch(LayerSamples samples, int size, ref SplitMix64 random)
    {
        var count = samples.Targets.shape[0];
        if (size >= count)
            return (samples.Inputs, samples.Targets);
        var drawn = new long[size];
        foreach (ref var number in drawn.AsSpan())
            number = random.Below(count);
        var numbers = tensor(drawn, device: samples.Targets.device);
        return (samples.Inputs.index_select(1, numbers), samples.Targets.index_select(0, numbers));
    }
}
