using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Training;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// The one interface of all algorithms that remove channels: apply it to a model, train the variant with its callbacks and its loss,
/// convert it to a smaller one, which is trained further, quantized and deployed like any model.
/// </summary>
public abstract class PruningAlgorithm
{
    private PruningState? state;

    /// <summary>The name, for tables.</summary>
    public abstract string Name { get; }

    /// <summary>What has to happen during training. Nothing, unless an algorithm says so.</summary>
    public virtual IReadOnlyList<ITrainingCallback> Callbacks => [];

    /// <summary>The learning rate that the parameters of gates should have (those under <see cref="PruningState.Prefix"/>); <see langword="null"/> for that of the weights.</summary>
    public virtual double? GateLearningRate => null;

    /// <summary>Whether only gates are to be trained, and all weights are frozen.</summary>
    public virtual bool TrainsGatesAlone => false;

    /// <summary>What the variant knows of its channels.</summary>
    /// <exception cref="CompressionException">The algorithm was not applied yet.</exception>
    protected PruningState State => state ?? throw new CompressionException($"{Name} was not applied to a model yet.");

    /// <summary>The loss to train with. <paramref name="inner"/> itself, unless an algorithm adds to it.</summary>
    public virtual LossFunction Loss(LossFunction inner) => inner;

    /// <summary>
    /// Makes the pruned variant of a model, at its full width. The model stays as it is and can be used further; the variant has copies of
    /// its weights.
    /// </summary>
    /// <param name="model">The model, or a variant that was pruned already. Each module of the variant is in the mode of its original.</param>
    /// <param name="inputs">Shapes that replace the declared ones.</param>
    /// <exception cref="CompressionException">The model cannot be pruned so, or the algorithm was applied before; the message says why.</exception>
    public TPruned Apply<TPruned>(IPrunable<TPruned> model, params ReadOnlySpan<Shape> inputs)
        where TPruned : nn.Module, IPruned => (TPruned)ApplyTo(model, inputs.ToArray());

    /// <summary>Removes the channels that the algorithm selects. The variant stays as it is, but that they are masked.</summary>
    /// <exception cref="CompressionException">The variant is not the one that the algorithm was applied to, or cannot be made so small.</exception>
    public TPruned Convert<TPruned>(IPruned<TPruned> variant)
        where TPruned : nn.Module, IPruned => (TPruned)Convert((IPruned)variant);

    /// <summary>Makes the variant where its type is not known.</summary>
    internal nn.Module ApplyTo(IPrunable model, Shape[] inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (state is not null)
            throw new CompressionException($"This {Name} is applied already; make another one for another model.");
        var variant = PruningState.Create(model, inputs);
        state = ((IPruned)variant).State;
        try
        {
            OnApplied();
        }
        catch
        {
            state = null;
            variant.Dispose();
            throw;
        }

        return variant;
    }

    /// <summary>Removes the channels where the type of the variant is not known.</summary>
    internal nn.Module Convert(IPruned variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        if (variant.State != State)
            throw new CompressionException($"This {Name} was applied to another variant.");
        State.Mask(Select());
        var smaller = State.Shrink();
        using (NewDisposeScope())
        using (no_grad())
            OnConverted(smaller);
        return smaller;
    }

    /// <summary>The channels that are kept, by the present weights.</summary>
    protected abstract ChannelSelection Select();

    /// <summary>Called with the smaller model, for what gates did in the larger one to become part of its weights.</summary>
    /// <param name="smaller">A pruned variant of the same model; its modules have the same paths.</param>
    protected virtual void OnConverted(nn.Module smaller)
    {
    }

    /// <summary>Called when the variant is made.</summary>
    protected virtual void OnApplied()
    {
    }
}
