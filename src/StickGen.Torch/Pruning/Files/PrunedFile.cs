using System.Text.Json;
using System.Text.Json.Serialization;
using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// A pruned variant as a safetensors file: its weights, and in the text <c>stickgen.pruned</c> what was done to the modules of the original. To
/// load it, the same is done to another instance; then the weights are read, whose shapes have to be those of the file.
/// </summary>
internal static class PrunedFile
{
    private const string Key = "stickgen.pruned";
    private const int Version = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter() },
        RespectRequiredConstructorParameters = true,
        AllowOutOfOrderMetadataProperties = true,
    };

    public static void Save(PruningState state, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (state.Gates.Count > 0)
            throw new CompressionException("The variant has gates of an algorithm, which a file does not keep. Convert it first; a trainer's checkpoint keeps its training.");
        var borrowed = state.BorrowedModules.Find(b => b.Module.parameters().Any() || b.Module.buffers().Any());
        if (borrowed.Module is not null)
            throw new CompressionException(
                $"'{borrowed.Path}' ({borrowed.Module.GetType().Name}) cannot be rebuilt, so the variant shares it with the original and has no weights of it to save. Implement {nameof(IRebuildable)}.");
        var users = state.Edits.OfType<ReplacedModules>().SelectMany(e => e.Modules).FirstOrDefault(m => m.Value is null);
        if (users.Key is not null)
            throw new CompressionException($"'{users.Key}' was replaced by a module of your own, which cannot be made again from a file.");
        var structure = new Structure(
            Version, ((ICompressible)state.Root).ModelName, [.. state.Shapes.Select(ToText)], state.Edits, state.IsMasked ? state.Selection.ToJson() : null);
        using var scope = NewDisposeScope();
        TensorFile.Write(path, new Dictionary<string, string> { [Key] = JsonSerializer.Serialize(structure, Json) }, state.Root.state_dict());
    }

    public static nn.Module Load(IPrunable model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        using var file = new TensorFile(path);
        var structure = Parse(file.Text(Key) ?? throw Bad(path, $"it has no '{Key}', which {nameof(PruningState.Save)} writes"), path);
        if (structure.Version != Version)
            throw Bad(path, $"its version is {structure.Version}; this library reads {Version}");
        if (structure.Model != model.ModelName)
            throw Bad(path, $"it is of the model '{structure.Model}', not of '{model.ModelName}'");
        var known = (model as IPruned)?.State.Edits ?? [];
        if (!known.Select(Text).SequenceEqual(structure.Edits.Take(known.Count).Select(Text)))
            throw Bad(path, $"the given {model.ModelName} lost other channels or modules already; give an instance as the saved one was made of");
        nn.Module? current = null;
        try
        {
            current = Rebuild(model, structure, known.Count);
            Read(file, (IPruned)current, path);
            if (structure.Mask is not null)
                ((IPruned)current).State.Mask(MaskFile.FromJson(((IPruned)current).State.Groups, structure.Mask));
            return current;
        }
        catch (Exception e) when (e is CompressionException or ArgumentException)
        {
            current?.Dispose();
            throw e is CompressionException ? new CompressionException(e.Message.StartsWith('\'') ? e.Message : $"'{path}' cannot be used: {e.Message}", e) : Bad(path, e.Message);
        }
    }

    /// <summary>Does again what was done to the model that was saved.</summary>
    private static nn.Module Rebuild(IPrunable model, Structure structure, int done)
    {
        var current = PruningState.Create(model, [.. structure.Inputs.Select(ToShape)]);
        foreach (var edit in structure.Edits.Skip(done))
        {
            var before = current;
            try
            {
                current = Repeat((IPruned)before, edit);
            }
            finally
            {
                before.Dispose();
            }
        }

        return current;
    }

    private static nn.Module Repeat(IPruned variant, StructuralEdit edit)
    {
        if (edit is RemovedChannels removed)
        {
            variant.State.Mask(MaskFile.FromJson(variant.State.Groups, removed.Mask));
            return variant.State.Shrink();
        }

        var modules = ModuleReplacement.PathsOf((nn.Module)variant).ToDictionary(p => p.Value, p => p.Key);
        var replaced = new Dictionary<nn.Module, nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var (place, recipe) in ((ReplacedModules)edit).Modules)
        {
            if (!modules.TryGetValue(place, out var original) || recipe is null)
                throw new CompressionException($"It replaces '{place}', which is no module of the model.");
            replaced.Add(original, recipe.Create(original));
        }

        return PruningState.Create((IPrunable)variant, new(replaced, [], edit), variant.State.Shapes);
    }

    private static void Read(TensorFile file, IPruned variant, string path)
    {
        using var scope = NewDisposeScope();
        var own = ((nn.Module)variant).state_dict();
        var problems = own.Select(v => file.Difference(v.Key, v.Value)).OfType<string>()
            .Concat(file.Names.Where(n => !own.ContainsKey(n)).Select(n => $"'{n}' is not in the model")).ToList();
        if (problems.Count > 0)
            throw Bad(path, $"its weights do not fit {((ICompressible)variant).ModelName}: {string.Join("; ", problems)}");
        foreach (var (name, value) in own)
            file.Read(name, value);
    }

    private static string Text(StructuralEdit edit) => JsonSerializer.Serialize(edit, Json);

    private static Structure Parse(string text, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Structure>(text, Json) is { Model: not null, Inputs: not null, Edits: not null } structure
                && structure.Edits.All(e => e is RemovedChannels { Mask: not null } or ReplacedModules { Modules: not null })
                ? structure
                : throw Bad(path, $"'{Key}' lacks a member");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw Bad(path, $"'{Key}' cannot be read: {e.Message}");
        }
    }

    /// <summary>Sizes as numbers, names as texts.</summary>
    private static string[] ToText(Shape shape) => [.. shape.Select(d => d.ToString())];

    private static Shape ToShape(string[] dimensions)
    {
        if (dimensions is null)
            throw new ArgumentException("A shape is null.");
        return new([.. dimensions.Select(d => long.TryParse(d, System.Globalization.CultureInfo.InvariantCulture, out var size) ? size : (Dimension)d)]);
    }

    private static CompressionException Bad(string path, string reason) => new($"'{path}' cannot be used: {reason}.");

    /// <param name="Version">Of this form.</param>
    /// <param name="Model">The name of the original's class.</param>
    /// <param name="Inputs">The shapes of the inputs, where they are not the declared ones.</param>
    /// <param name="Edits">What was done, one after another.</param>
    /// <param name="Mask">What is masked besides.</param>
    private sealed record Structure(int Version, string Model, IReadOnlyList<string[]> Inputs, IReadOnlyList<StructuralEdit> Edits, string? Mask);
}
