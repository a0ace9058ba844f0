using StickGen.Compression;
using StickGen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Learns which heads of attention are needed (Voita et al. 2019, "Analyzing multi-head self-attention"): each head has a
/// <see cref="HardConcreteGate"/>, and the loss a penalty for those that are open. Of each layer one head stays at least.
/// </summary>
/// <param name="options">The options.</param>
public sealed class HeadPruning(HeadPruningOptions options) : PruningAlgorithm
{
    /// <inheritdoc/>
    public override string Name => "LRP";

    /// <inheritdoc/>
    public override double? GateLearningRate => options.LearningRate;

    /// <summary>The parameters of the gates, for an optimizer group with a learning rate of its own.</summary>
    public IReadOnlyList<Parameter> GateParameters => [.. Gates.Select(g => g.Gate.LogAlpha)];

    private IEnumerable<HeadGate> Gates => State.Gates.Values.Cast<HeadGate>();

    /// <inheritdoc/>
    public override LossFunction Loss(LossFunction inner) =>
        (output, batch) => Gates.Aggregate(inner(output, batch), (loss, gate) => loss + gate.Gate.Penalty() * options.Penalty);

    /// <inheritdoc/>
    protected override void OnApplied()
    {
        options.Validate();
        State.AddGates(group => group.AreHeads ? new HeadGate(group.Width, options.Gate) : null);
        if (State.Gates.Count == 0)
            throw new CompressionException($"{State.Groups.Model} has no heads of attention that can be removed. Its groups:\n{State.Groups}");
    }

    /// <inheritdoc/>
    protected override ChannelSelection Select() =>
        State.Gates.Aggregate(ChannelSelection.All(State.Groups), (selection, gate) => selection.Keep(gate.Key, ((HeadGate)gate.Value).Gate.Open()));

    /// <summary>An open gate may be less than 1: what reads its head is scaled by it.</summary>
    protected override void OnConverted(nn.Module smaller)
    {
        ArgumentNullException.ThrowIfNull(smaller);
        var modules = smaller.named_modules().ToDictionary(m => m.name, m => m.module);
        var kept = State.Selection.ToKept();
        foreach (var (group, gate) in State.Gates)
        {
            var values = ((HeadGate)gate).Gate.Values().cpu().to_type(ScalarType.Float32).data<float>().ToArray();
            foreach (var axis in group.Axes.Where(a => a.Axis.Role == ChannelRole.Input))
            {
                var scale = new float[axis.Axis.Size];
                Array.Fill(scale, 1);
                for (var head = 0; head < group.Width; head++)
                {
                    foreach (var index in axis.Indices[head])
                        scale[index] = values[head];
                }

                var weight = ((Linear)modules[axis.Axis.Path]).weight;
                weight.mul_(tensor(scale).index_select(0, tensor(kept.Of(axis.Axis))).to(weight.device).to(weight.dtype));
            }
        }
    }

    private sealed class HeadGate : ChannelGate
    {
        public HeadGate(long heads, HardConcreteOptions options)
            : base(nameof(HeadGate))
        {
            Gate = new(heads, options: options);
            register_module("gate", Gate);
        }

        public HardConcreteGate Gate { get; }

        public override Tensor Values() => Gate.Draw();
    }
}
