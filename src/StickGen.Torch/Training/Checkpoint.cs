using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// What makes a run exact when it is resumed: parameters and buffers of the model, the optimizer's state of each parameter,
/// the random generator, and the <see cref="RunState"/>.
/// </summary>
internal static class Checkpoint
{
    private const string ModelPrefix = "model/", OptimizerPrefix = "optimizer/", RandomState = "random";

    public static void Save(string path, RunState state, nn.Module model, OptimizerHelper optimizer)
    {
        using var scope = NewDisposeScope();
        var tensors = new List<(string, Tensor)>();
        foreach (var (name, value) in model.state_dict())
            tensors.Add((ModelPrefix + name, value));
        foreach (var (name, bytes) in OptimizerStates.Save(optimizer))
            tensors.Add((OptimizerPrefix + name, tensor(bytes)));
        tensors.Add((RandomState, random.get_rng_state()));
        CheckpointWriter.Write(path, state with { Quantizers = Quantizers(model) }, tensors);
    }

    /// <summary>Continues a run: changes model, optimizer and random generator, after everything was checked.</summary>
    /// <returns>The state that the random generator has to get when the first step begins; owned by the caller.</returns>
    /// <exception cref="CheckpointException">The checkpoint does not fit; the message says what.</exception>
    public static Tensor Restore(CheckpointReader file, RunSetup setup, nn.Module model, OptimizerHelper optimizer)
    {
        if (setup.DifferenceFrom(file.State.Setup) is { } difference)
            throw new CheckpointException(file.Path, difference);
        CheckQuantizers(file, Quantizers(model));
        var values = model.state_dict();
        CheckModel(file, values);
        CheckOptimizer(file, optimizer);

        OptimizerStates.Load(optimizer, name => file.ReadBytes(OptimizerPrefix + name), file.Path);
        foreach (var (name, value) in values)
            file.Read(ModelPrefix + name, value);
        return tensor(file.ReadBytes(RandomState));
    }

    private static IReadOnlyDictionary<string, string>? Quantizers(nn.Module model) =>
        (model as IFakeQuantized)?.State.Quantizers.ToDictionary(q => q.Key, q => $"{q.Value.Scheme} [{q.Value.Scheme.QMin}, {q.Value.Scheme.QMax}] ({q.Value.Method})");

    /// <summary>Other bits have parameters of the same names and shapes, which mean something else.</summary>
    private static void CheckQuantizers(CheckpointReader file, IReadOnlyDictionary<string, string>? now)
    {
        if (file.State.Quantizers is not { } saved || now is null)
            return;
        var differences = now.Where(q => saved.TryGetValue(q.Key, out var before) && before != q.Value).Select(q => q.Key).ToList();
        if (differences.Count > 0)
        {
            var (first, more) = (differences[0], differences.Count == 1 ? "" : $"; so are {differences.Count - 1} more");
            throw new CheckpointException(
                file.Path, $"it is of another compression: its quantizer '{first}' is {saved[first]}, and that of this run is {now[first]}{more}.");
        }
    }

    private static void CheckModel(CheckpointReader file, Dictionary<string, Tensor> values)
    {
        foreach (var (name, value) in values)
        {
            var expected = new CheckpointEntry(name, value.dtype, value.shape);
            if (file.Find(ModelPrefix + name) is not { } entry)
                throw new CheckpointException(file.Path, $"it is of another model: it has no '{name}'.");
            if (entry.Type != expected.Type || !entry.Shape.AsSpan().SequenceEqual(expected.Shape))
                throw new CheckpointException(file.Path, $"it is of another model: its '{name}' is {entry}, and that of this model is {expected}.");
        }

        foreach (var entry in file.Entries)
        {
            if (entry.Name.StartsWith(ModelPrefix, StringComparison.Ordinal) && !values.ContainsKey(entry.Name[ModelPrefix.Length..]))
                throw new CheckpointException(file.Path, $"it is of another model: this one has no '{entry.Name[ModelPrefix.Length..]}'.");
        }
    }

    private static void CheckOptimizer(CheckpointReader file, OptimizerHelper optimizer)
    {
        foreach (var name in OptimizerStates.Names(optimizer))
        {
            if (file.Find(OptimizerPrefix + name) is null)
                throw new CheckpointException(file.Path, $"its optimizer has fewer parameters: it has no '{name}'.");
        }

        var count = file.Entries.Count(entry => entry.Name.StartsWith(OptimizerPrefix, StringComparison.Ordinal));
        if (count != OptimizerStates.Names(optimizer).Count())
            throw new CheckpointException(file.Path, "its optimizer has more parameters than that of this run.");
        if (file.Find(RandomState) is null)
            throw new CheckpointException(file.Path, "it lacks the state of the random generator.");
    }
}
