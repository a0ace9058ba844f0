using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Loading a float checkpoint into a variant.</summary>
public static class StateDictionaries
{
    /// <summary>
    /// Copies a state dictionary of the original model into a variant of it. Unlike TorchSharp's <c>load_state_dict</c>, which
    /// broadcasts a tensor of shape [1, 2] into one of [2, 2] without a word, it checks shapes, and everything before
    /// anything is changed. State of the algorithm (under <see cref="FakeQuantization.Prefix"/>) may be missing.
    /// </summary>
    /// <exception cref="CompressionException">Keys or shapes do not fit; the message lists them.</exception>
    public static void LoadOriginal<TVariant>(this TVariant variant, IReadOnlyDictionary<string, Tensor> state)
        where TVariant : nn.Module, IFakeQuantized
    {
        ArgumentNullException.ThrowIfNull(variant);
        ArgumentNullException.ThrowIfNull(state);
        using var scope = NewDisposeScope();
        var own = variant.state_dict();
        var problems = new List<string>();
        foreach (var (key, value) in state)
        {
            if (own.TryGetValue(key, out var target))
            {
                if (!target.shape.SequenceEqual(value.shape))
                    problems.Add($"'{key}' has the shape [{string.Join(", ", value.shape)}] instead of [{string.Join(", ", target.shape)}]");
            }
            else if (!variant.State.Borrowed.Any(b => key.StartsWith(b + ".", StringComparison.Ordinal)))
                problems.Add($"'{key}' is not in the model");
        }

        problems.AddRange(own.Keys
            .Where(k => !k.StartsWith(FakeQuantization.Prefix + ".", StringComparison.Ordinal) && !state.ContainsKey(k))
            .Select(k => $"'{k}' is missing"));
        if (problems.Count > 0)
            throw new CompressionException($"The state does not fit {variant.State.Graph.Name}: {string.Join("; ", problems)}.");

        using var noGrad = no_grad();
        foreach (var (key, value) in state)
        {
            if (own.TryGetValue(key, out var target))
                target.copy_(value);
        }
    }
}
