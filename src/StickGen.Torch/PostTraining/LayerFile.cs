using System.Text.Json;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Pruning;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>What calibration chose for some blocks, as a safetensors file: integers, scales, zero points, ranges, and all other state of the blocks.</summary>
internal static class LayerFile
{
    private const string BlocksKey = "stickgen.blocks", SchemesKey = "stickgen.schemes", State = "state.";

    public static void Write(string path, IFakeQuantized variant, IReadOnlyList<BlockPlan> blocks, IReadOnlyList<BlockReport> reports)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var layer in blocks.SelectMany(b => b.Layers))
        {
            var weights = layer.Rounded!;
            tensors.Add($"{layer.Name}.integers", tensor(weights.Values.ToArray(), [layer.Outputs, layer.Inputs]));
            tensors.Add($"{layer.Name}.scales", tensor(weights.Scales.ToArray(), [layer.Outputs, weights.Groups]));
            if (!layer.Scheme.Symmetric)
                tensors.Add($"{layer.Name}.zero_points", tensor(weights.ZeroPoints.ToArray(), [layer.Outputs, weights.Groups]));
            if (layer.InputRange is var (low, high))
                tensors.Add($"{layer.Name}.input_range", tensor(new[] { low, high }));
        }

        foreach (var keys in Keys(blocks))
            tensors.Add(NameOf(keys), keys.Scales!);
        foreach (var (key, value) in OtherState(variant, blocks))
            tensors.Add(State + key, value);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [BlocksKey] = AlgorithmOptions.Write(reports), [SchemesKey] = Schemes(variant, blocks),
        };
        TensorFile.Write(path, texts, tensors);
    }

    /// <summary>Reads all that is there before anything is changed.</summary>
    /// <exception cref="CompressionException">The file does not fit, or is damaged.</exception>
    public static IReadOnlyList<BlockReport> Read(string path, IFakeQuantized variant, IReadOnlyList<BlockPlan> blocks)
    {
        using var file = new TensorFile(path);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (file.Text(SchemesKey) is not { } schemes)
            throw Bad(path, "it was not written by post-training quantization");
        if (schemes != Schemes(variant, blocks))
            throw Bad(path, $"it is of other layers or options: {schemes}");
        var others = OtherState(variant, blocks).ToDictionary(s => State + s.Key, s => s.Value, StringComparer.Ordinal);
        if (file.Names.FirstOrDefault(n => n.StartsWith(State, StringComparison.Ordinal) && !others.ContainsKey(n)) is { } extra)
            throw Bad(path, $"it is of other options: it has '{extra[State.Length..]}', which a step added and this variant has not");
        var layers = blocks.SelectMany(b => b.Layers).Select(l => (Layer: l, State: ReadLayer(path, file, l))).ToList();
        var scales = Keys(blocks).Select(k => (Keys: k, Scales: ReadScales(path, file, k))).ToList();
        var state = others.Select(s => (s.Value, Read: ReadTensor(path, file, s.Key, s.Value.shape, s.Value.dtype))).ToList();
        IReadOnlyList<BlockReport> reports;
        try
        {
            reports = AlgorithmOptions.Read<List<BlockReport>>(file.Text(BlocksKey) ?? "");
        }
        catch (JsonException e)
        {
            throw Bad(path, e.Message);
        }

        foreach (var (target, source) in state)
            target.copy_(source);
        foreach (var (layer, (weights, range)) in layers)
        {
            (layer.Rounded, layer.InputRange) = (weights, range);
            layer.Commit();
            layer.IsQuantized = true;
        }

        foreach (var (keys, read) in scales)
            keys.Restore(read);
        foreach (var tensor in blocks.SelectMany(b => b.Attentions).SelectMany(a => a.Tensors))
            tensor.IsQuantized = true;
        return reports;
    }

    private static Tensor ReadScales(string path, TensorFile file, CachedTensor keys)
    {
        var scales = ReadTensor(path, file, NameOf(keys), [keys.Heads, keys.Size], ScalarType.Float32);
        return (scales.isfinite() & scales.gt(0)).all().item<bool>() ? scales : throw Bad(path, $"a scale of '{keys.Name}' is not finite or not larger than 0");
    }

    /// <summary>Keys with a scale for each channel.</summary>
    private static IEnumerable<CachedTensor> Keys(IEnumerable<BlockPlan> blocks) => blocks.SelectMany(b => b.Attentions).SelectMany(a => a.Tensors).Where(t => t.NeedsScales);

    private static string NameOf(CachedTensor keys) => $"{keys.Name}.scales";

    private static (GroupedWeights Weights, (float, float)? Range) ReadLayer(string path, TensorFile file, BlockLayer layer)
    {
        long[] shape = [layer.Outputs, layer.Inputs / layer.Scheme.GroupLength(layer.Inputs)];
        var integers = ReadTensor(path, file, $"{layer.Name}.integers", [layer.Outputs, layer.Inputs], ScalarType.Int8).data<sbyte>().ToArray();
        var scales = ReadTensor(path, file, $"{layer.Name}.scales", shape, ScalarType.Float32).data<float>().ToArray();
        var zeroPoints = layer.Scheme.Symmetric ? null : ReadTensor(path, file, $"{layer.Name}.zero_points", shape, ScalarType.Int8).data<sbyte>().ToArray();
        var range = layer.Activations == ActivationQuantization.StaticPerTensor ? ReadTensor(path, file, $"{layer.Name}.input_range", [2], ScalarType.Float32).data<float>().ToArray() : null;
        if (range is [var low, var high] && !BlockLayer.IsRange(low, high))
            throw Bad(path, $"the range of what '{layer.Name}' reads is [{low}, {high}]");
        try
        {
            return (new(layer.Scheme, layer.Outputs, layer.Inputs, integers, scales, zeroPoints), range is [var l, var h] ? (l, h) : null);
        }
        catch (ArgumentException e)
        {
            throw Bad(path, $"'{layer.Name}': {e.Message}");
        }
    }

    private static Tensor ReadTensor(string path, TensorFile file, string name, long[] shape, ScalarType type)
    {
        var target = empty(shape, type);
        if (file.Difference(name, target) is { } difference)
            throw Bad(path, difference);
        file.Read(name, target);
        return target;
    }

    /// <summary>Parameters and buffers of the blocks that are no quantized weights.</summary>
    private static IEnumerable<(string Key, Tensor Value)> OtherState(IFakeQuantized variant, IReadOnlyList<BlockPlan> blocks)
    {
        var weights = variant.State.LayerPlan!.Layers.Select(l => l.Weight.Handle).ToHashSet();
        // The last block has what is in no other one.
        var others = variant.State.LayerPlan.Blocks.Except(blocks).Where(b => b.Scope.Path.Length > 0).ToList();
        return ((nn.Module)variant).state_dict()
            .Where(s => !s.Key.StartsWith(FakeQuantization.Prefix + ".", StringComparison.Ordinal) && !weights.Contains(s.Value.Handle))
            .Where(s => blocks.Any(b => b.Scope.Path.Length == 0 || LayerPlan.Covers(b.Scope.Path, s.Key)) && !others.Exists(b => LayerPlan.Covers(b.Scope.Path, s.Key)))
            .OrderBy(s => s.Key, StringComparer.Ordinal)
            .Select(s => (s.Key, s.Value));
    }

    private static string Schemes(IFakeQuantized variant, IReadOnlyList<BlockPlan> blocks) =>
        $"{variant.State.Graph.Name}: {string.Join("; ", blocks.SelectMany(b => b.Layers).Select(l => $"{l.Name} {l.Scheme} {l.Activations}"))}"
        + string.Concat(blocks.SelectMany(b => b.Attentions).SelectMany(a => a.Tensors).Select(t => $"; {t.Name} {(t.NeedsScales ? KeyValuePrecision.Int8PerChannel : KeyValuePrecision.Int8PerToken)}"));

    private static CompressionException Bad(string path, string reason) => new($"'{path}' cannot be used: {reason}.");
}
