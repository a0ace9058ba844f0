using System.Text.Json.Nodes;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// SCOP (Tang et al. 2020): in a first phase each batch is joined by its knockoffs, and each channel learns how much of the real features
/// it needs (<see cref="KnockoffGate"/>); then the channels that do as well with their knockoffs are removed, and the smaller model is
/// trained on as any other.
/// </summary>
/// <param name="options">How much is removed.</param>
public sealed class ScientificControl(SelectionOptions options) : PruningAlgorithm
{
    /// <inheritdoc/>
    public override string Name => "SCOP";

    /// <summary>In the first phase only the shares κ are learned.</summary>
    public override bool TrainsGatesAlone => true;

    /// <summary>Keeps κ in [0, 1] after each step.</summary>
    public override IReadOnlyList<ITrainingCallback> Callbacks => [new Clamping(this)];

    /// <summary>
    /// What the variant makes of a batch in the first phase: in training the batch goes through it together with its knockoffs, in
    /// evaluation by itself.
    /// </summary>
    /// <param name="variant">The variant that the algorithm was applied to.</param>
    /// <param name="input">[N, …]; N at least 2 in training.</param>
    public Tensor Forward(nn.Module<Tensor, Tensor> variant, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(variant);
        ArgumentNullException.ThrowIfNull(input);
        if (!variant.training)
            return variant.forward(input);
        using var scope = NewDisposeScope();
        var size = input.shape[0];
        if (size < 2)
            throw new CompressionException("A batch of one sample has no knockoff: set DropLast, or another batch size.");
        // A rotation gives each sample another one.
        rotations++;
        var order = arange(size, device: input.device).roll(1 + random.Next((int)size - 1));
        return variant.forward(KnockoffGate.WithKnockoffs(input, order)).narrow(0, 0, size).MoveToOuterDisposeScope();
    }

    // Where the rotations come from, and how many there were.
    private Random random = new(0);
    private long rotations;
    private Dictionary<string, Tensor> statistics = [];

    /// <inheritdoc/>
    protected override void OnApplied()
    {
        State.AddGates(group => NormOf(group) is null ? null : new ScopGate(group.Width));
        if (State.Gates.Count == 0)
            throw new CompressionException($"{State.Groups.Model} has no channels that SCOP can score: it asks how much a batch normalization with weights lets through, and none is in a group that can lose channels.");
        statistics = State.Root.named_buffers().ToDictionary(b => b.name, b => b.buffer.clone().DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    protected override ChannelSelection Select()
    {
        // Those of a batch that is mixed with its knockoffs are no statistics of the data.
        using (no_grad())
        {
            foreach (var (name, buffer) in State.Root.named_buffers())
                buffer.copy_(statistics[name]);
        }

        var scores = State.Gates.ToDictionary(g => g.Key, g => Scores(g.Key, (ScopGate)g.Value));
        return ChannelSelector.Select(Importance.From(State.Groups, scores), options);
    }

    private static double[] Scores(ChannelGroup group, ScopGate gate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var norm = NormOf(group)!;
        var all = ((NormBase)norm.Axis.Module).weight!.to_type(ScalarType.Float64).cpu().data<double>().ToArray();
        var gamma = tensor(norm.Indices.Select(i => i.Average(index => Math.Abs(all[index]))).ToArray());
        return KnockoffGate.Scores(gamma, gate.Values().to_type(ScalarType.Float64).cpu()).data<double>().ToArray();
    }

    /// <summary>The first batch normalization that has the channels.</summary>
    private static GroupAxis? NormOf(ChannelGroup group) =>
        group.Axes.FirstOrDefault(a => a.Axis is { Role: ChannelRole.Each, Module: NormBase { weight: not null } });

    private sealed class Clamping(ScientificControl algorithm) : TrainingCallback, IResumableCallback
    {
        public string StateName => "SCOP";

        public JsonNode SaveState() => algorithm.rotations;

        public void LoadState(JsonNode state)
        {
            algorithm.random = new(0);
            algorithm.rotations = (long)state;
            // Each takes one number of the generator, whatever its range is.
            for (var i = 0L; i < algorithm.rotations; i++)
                algorithm.random.Next(1);
        }

        public override void OnStepEnd(TrainingContext context)
        {
            foreach (var gate in algorithm.State.Gates.Values.OfType<ScopGate>())
                gate.Clamp();
        }
    }
}
