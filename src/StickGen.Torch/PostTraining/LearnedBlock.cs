using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>What <see cref="OmniQuant"/> learns for a block: a share for each end of each group's range, and the logarithm of a scale for each channel of a place.</summary>
internal sealed class LearnedBlock : IDisposable
{
    private readonly QuantizationBlock block;
    private readonly Dictionary<BlockLayer, LearnedRange> ranges;
    private readonly Dictionary<FoldSite, Parameter> scales = [];
    private readonly Dictionary<BlockLayer, FoldSite> sites = [];
    private List<Tensor>? best;

    public LearnedBlock(QuantizationBlock block, bool transform)
    {
        this.block = block;
        ranges = block.Layers.ToDictionary(l => l, l => new LearnedRange(l.Scheme, l.Outputs, l.Inputs));
        foreach (var site in transform ? block.FoldSites : [])
        {
            var activations = site.Layers[0].Activations != ActivationQuantization.None;
            using var scope = NewDisposeScope();
            // As SmoothQuant where activations are quantized; else as it is.
            var start = activations ? SmoothQuant.Scales(site, ChannelStatistics.Of(block, site.Layers[0]).Largest, 0.5).log() : zeros(site.Channels);
            scales.Add(site, nn.Parameter(start.detach().clone().DetachFromDisposeScope()));
            foreach (var layer in site.Layers)
                sites.Add(layer, site);
        }
    }

    /// <summary>Goes through the data, and keeps what the block is best with, if that is less than an error.</summary>
    public void Learn(int epochs, double clippingRate, double transformRate, double error)
    {
        var parameters = Parameters;
        using var adam = optim.Adam(
            [new Adam.ParamGroup(ranges.Values.SelectMany(r => r.Parameters), new Adam.Options { LearningRate = clippingRate }), new Adam.ParamGroup(scales.Values, new Adam.Options { LearningRate = transformRate })]);
        foreach (var layer in block.Layers)
            layer.Simulation = x => Simulate(layer, x);
        try
        {
            // The block's own.
            using var frozen = new FrozenParameters(block.Parameters);
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                for (var batch = 0; batch < block.Batches; batch++)
                {
                    block.Cancellation.ThrowIfCancellationRequested();
                    Step(batch, adam);
                }

                using var scope = NewDisposeScope();
                if (block.Error() is var now && now < error)
                {
                    best?.ForEach(t => t.Dispose());
                    (best, error) = ([.. parameters.Select(p => p.detach().clone().DetachFromDisposeScope())], now);
                }
            }
        }
        finally
        {
            foreach (var layer in block.Layers)
                layer.Simulation = null;
        }
    }

    /// <summary>Moves the best scales into norms and weights, and gives layers the ranges of their weights.</summary>
    public void Commit()
    {
        if (best is null)
            return;
        using var scope = NewDisposeScope();
        foreach (var (parameter, value) in Parameters.Zip(best))
            parameter.copy_(value);
        foreach (var (site, scale) in scales)
            site.Scale(scale.detach().exp());
        foreach (var (layer, range) in ranges)
            layer.Clip(range.Clamp(layer.Weight.detach()));
    }

    public void Dispose()
    {
        foreach (var tensor in Parameters.Concat(best ?? []))
            tensor.Dispose();
    }

    private List<Tensor> Parameters => [.. ranges.Values.SelectMany(r => r.Parameters), .. scales.Values];

    private void Step(int batch, optim.Optimizer optimizer)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        block.SetQuantized(_ => true);
        var (results, targets) = (block.Forward(batch), block.TargetsOf(batch));
        var loss = results.Zip(targets).Where(p => p.First.is_floating_point()).Select(p => (p.First - p.Second).square().mean()).Aggregate((a, b) => a + b);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    private Tensor Simulate(BlockLayer layer, Tensor input)
    {
        using var scope = NewDisposeScope();
        var weight = layer.Weight.detach();
        if (sites.TryGetValue(layer, out var site))
        {
            var scale = site.ToInputs(scales[site].exp());
            (input, weight) = (input / scale, weight * scale);
            input = layer.QuantizeLearned(input, scale);
        }
        else
            input = layer.QuantizeLearned(input, null);

        return nn.functional.linear(input, ranges[layer].Round(weight), layer.Bias?.detach()).MoveToOuterDisposeScope();
    }
}
