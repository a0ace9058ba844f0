using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// What a pruned variant knows of its channels: the groups, which of them are masked, and the gates of an algorithm. Every layer reads
/// its input through it, so that a masked channel is for all that follows as if it was removed.
/// </summary>
public sealed class PruningState
{
    /// <summary>Where gates are registered in a variant.</summary>
    public const string Prefix = "stickgen";

    private readonly Dictionary<nn.Module, ChannelReader> readers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ChannelGroup, ChannelGate> gates = [];
    private readonly StateContainer container = new();
    private nn.Module? root;
    private ChannelSelection? selection;

    internal PruningState(IReadOnlyDictionary<SizeKey, long> sizes, Shape[] shapes, IReadOnlyList<StructuralEdit> edits) =>
        (Sizes, Shapes, Edits) = (sizes, shapes, edits);

    /// <summary>The groups of the variant.</summary>
    /// <exception cref="CompressionException">The variant is under construction still.</exception>
    public ChannelGroups Groups => Selection.Groups;

    /// <summary>The channels that are not masked.</summary>
    public ChannelSelection Selection => selection ??= ChannelSelection.All(ChannelGroups.Of((ICompressible)Root, Shapes));

    /// <summary>Whether channels are masked.</summary>
    public bool IsMasked => selection is not null && selection.Groups.Prunable.Any(g => selection.WidthOf(g) < g.Width);

    /// <summary>The gates, by their groups.</summary>
    public IReadOnlyDictionary<ChannelGroup, ChannelGate> Gates => gates;

    /// <summary>The sizes in reshapes that differ from the original's.</summary>
    internal IReadOnlyDictionary<SizeKey, long> Sizes { get; }

    /// <summary>The shapes of the inputs, where they are not the declared ones.</summary>
    internal Shape[] Shapes { get; }

    /// <summary>What was done to the original's modules so far, one after another.</summary>
    internal IReadOnlyList<StructuralEdit> Edits { get; }

    /// <summary>
    /// Paths of modules that could not be rebuilt. The variant shares the original's: they are not among its parameters, are not trained with it, and it cannot be saved if
    /// they have some. Implement <see cref="IRebuildable"/> for them.
    /// </summary>
    public IReadOnlyList<string> Borrowed => [.. BorrowedModules.Select(b => b.Path)];

    internal List<(string Path, nn.Module Module)> BorrowedModules { get; } = [];

    internal nn.Module Root => root ?? throw new CompressionException("The pruned variant is not complete yet.");

    /// <summary>Masks all channels but those of a selection, in place of what was masked before.</summary>
    /// <param name="selection">A selection of <see cref="Groups"/>.</param>
    /// <exception cref="CompressionException">It is one of another model.</exception>
    public void Mask(ChannelSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (selection.Groups != Groups)
            throw new CompressionException($"The selection is of another instance of {selection.Groups.Model}. Select among the groups of the variant's State.");
        var kept = selection.ToKept();
        this.selection = selection;
        foreach (var axis in ReadAxes())
            ReaderOf(axis).Mask(kept.Of(axis));
    }

    /// <summary>Puts gates where channels are read. A variant has gates once.</summary>
    /// <param name="create">Makes the gate of a group that can lose channels, or returns <see langword="null"/> for none.</param>
    /// <exception cref="CompressionException">There are gates already.</exception>
    public void AddGates(Func<ChannelGroup, ChannelGate?> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        if (gates.Count > 0)
            throw new CompressionException("The variant has gates already.");
        foreach (var group in Groups.Prunable)
        {
            if (create(group) is not { } gate)
                continue;
            gates.Add(group, gate);
            container.Add(group.Name + ".channel_gate", gate);
            foreach (var axis in group.Axes.Where(a => a.Axis.Role == ChannelRole.Input && !IsDepthwise(a.Axis.Module)))
                ReaderOf(axis.Axis).Add(gate, axis.Indices);
        }

        if (Root.parameters().FirstOrDefault() is { } parameter)
            container.to(parameter.device);
        container.train(Root.training);
    }

    /// <summary>Runs a layer of the variant on the channels that are let through.</summary>
    public Tensor Run(nn.Module<Tensor, Tensor> module, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(x);
        if (module is Sequential sequential && ModulePath.CallsChildrenInOrder(sequential))
            return RunChildren(sequential, x);
        return readers.TryGetValue(module, out var reader) ? reader.Run(module, x) : module.forward(x);
    }

    /// <summary>The variant without the channels that are masked. This one stays as it is.</summary>
    /// <typeparam name="TPruned">The type of the variant.</typeparam>
    /// <exception cref="CompressionException">The smaller layers do not fit together; the message names the statement.</exception>
    public TPruned Shrink<TPruned>()
        where TPruned : nn.Module, IPruned => (TPruned)Shrink();

    /// <summary>
    /// Writes the variant: its weights, and what was removed and replaced, from which <see cref="Load{TPruned}"/> makes its shapes again. The
    /// file (safetensors) is replaced as a whole or not at all.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CompressionException">The variant has gates of an algorithm, or a module of the user's own took the place of another.</exception>
    public void Save(string path) => PrunedFile.Save(this, path);

    /// <summary>Reads a variant that was saved.</summary>
    /// <typeparam name="TPruned">The type of the variant.</typeparam>
    /// <param name="model">An instance as the saved one was made of; only its modules count, not its weights. It stays as it is.</param>
    /// <param name="path">The file.</param>
    /// <returns>The variant, in the mode of <paramref name="model"/>.</returns>
    /// <exception cref="CompressionException">The file is damaged, or of another model; the message says what does not fit.</exception>
    public static TPruned Load<TPruned>(IPrunable<TPruned> model, string path)
        where TPruned : nn.Module, IPruned => (TPruned)PrunedFile.Load(model, path);

    /// <summary>The builder, for a variant that has no masks.</summary>
    /// <exception cref="CompressionException">Channels are masked: the trainable variant would not know of them.</exception>
    public VariantBuilder Checked(VariantBuilder builder) => IsMasked || gates.Count > 0
        ? throw new CompressionException("The model has masks or gates, which an integer model has not. Call Shrink() first.")
        : builder;

    /// <summary>Removes the channels that are masked, where the type is not known.</summary>
    internal nn.Module Shrink()
    {
        var (ofChannels, all) = ReshapeSizes.After(Selection);
        var edit = new RemovedChannels(Selection.ToJson());
        var states = Surgery.ShrinkStates(Selection);
        try
        {
            var smaller = Shrink(edit, ofChannels, all, states);
            if (SliceParts.Problem(Selection, ((IPruned)smaller).State.Groups.Traced) is not { } problem)
                return smaller;
            smaller.Dispose();
            throw new CompressionException(problem);
        }
        finally
        {
            foreach (var state in states.Values)
                state.Dispose();
        }
    }

    private nn.Module Shrink(RemovedChannels edit, Dictionary<SizeKey, long> ofChannels, Dictionary<SizeKey, long> all, Dictionary<string, Tensor> states)
    {
        try
        {
            var made = Create((IPrunable)Root, new(Surgery.Shrink(Selection), ofChannels, edit) { States = states }, Shapes);
            if (ReshapeSizes.Fit(((IPruned)made).State.Groups.Traced, all))
                return made;
            made.Dispose();
        }
        catch (CompressionException)
        {
            // The next attempt says the same if it fails too.
        }

        // The code computes a size from one that became another: all sizes are then those of the replayed shapes.
        return Create((IPrunable)Root, new(Surgery.Shrink(Selection), all, edit) { States = states }, Shapes);
    }

    /// <summary>Makes the variant of a model, with all of its channels.</summary>
    internal static nn.Module Create(IPrunable model, Shape[] shapes) => Create(model, new(new Dictionary<nn.Module, nn.Module>(), [], null), shapes);

    /// <summary>Makes the variant of a model with some modules replaced.</summary>
    internal static nn.Module Create(IPrunable model, StructuralChange change, Shape[] shapes)
    {
        var before = (model as IPruned)?.State;
        var sizes = new Dictionary<SizeKey, long>(before?.Sizes ?? new Dictionary<SizeKey, long>());
        foreach (var (key, size) in change.Sizes)
            sizes[key] = size;
        IReadOnlyList<StructuralEdit> edits = [.. before?.Edits ?? [], .. change.Edit is { } edit ? [edit] : Array.Empty<StructuralEdit>()];
        var assembly = new PrunedAssembly(change, new(sizes, shapes.Length > 0 ? shapes : before?.Shapes ?? [], edits));
        var made = model.CreatePrunedModule(new(assembly, ""));
        made.train(((nn.Module)(object)model).training);
        assembly.CopyModes();
        try
        {
            _ = assembly.State.Groups;
        }
        catch (CompressionException e) when (change.Modules.Count > 0)
        {
            var problem = change.Edit is ReplacedModules ? "With the replaced modules" : "Without the masked channels";
            var advice = change.Edit is ReplacedModules ? "" : "; mark what has to stay with [KeepChannels]";
            throw new CompressionException($"{problem} the layers of {model.ModelName} do not fit together{advice}. {e.Message}", e);
        }

        return made;
    }

    internal void Complete(nn.Module variant)
    {
        root = variant;
        variant.register_module(Prefix, container);
    }

    private Tensor RunChildren(Sequential sequential, Tensor x)
    {
        using var scope = NewDisposeScope();
        var result = x.alias();
        foreach (var (_, child) in sequential.named_children())
            result = Run((nn.Module<Tensor, Tensor>)child, result);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>What a depthwise convolution makes of a channel is the same channel, and goes through its gate where that is read.</summary>
    private static bool IsDepthwise(nn.Module module) => module is Convolution { groups: > 1 } convolution && convolution.groups == convolution.in_channels;

    private IEnumerable<ChannelAxis> ReadAxes() =>
        Groups.Modules.SelectMany(m => m.Axes.Where(a => a.Role == ChannelRole.Input || MaskedNorms.IsOne(m.Module)));

    private ChannelReader ReaderOf(ChannelAxis axis)
    {
        if (!readers.TryGetValue(axis.Module, out var reader))
            readers.Add(axis.Module, reader = new(axis));
        return reader;
    }
}
