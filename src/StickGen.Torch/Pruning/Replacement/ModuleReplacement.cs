using StickGen.Compression;
using StickGen.Graphs;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Rewrites a captured model: modules are replaced by others with the same signature, such as Ghost modules or low-rank factors. The result is
/// a pruned variant of the model with all of its channels, which is trained on, pruned, quantized and deployed like any other.
/// </summary>
/// <remarks>
/// A field whose module is replaced is declared as the module's class by the user; its variant declares it as <c>Module&lt;Tensor, Tensor&gt;</c>
/// if <c>forward</c> does nothing but call it.
/// </remarks>
public abstract class ModuleReplacement
{
    /// <summary>The name, for tables.</summary>
    public abstract string Name { get; }

    /// <summary>What is replaced by what; of the rules that hold at a place, the first is applied.</summary>
    protected virtual IReadOnlyList<ModuleRule> Rules => [];

    /// <summary>Where they are applied.</summary>
    protected virtual ReplacementPolicy Policy { get; } = new();

    /// <summary>Makes the variant with the modules replaced. The model stays as it is; what is not replaced is copied.</summary>
    /// <param name="model">The model, or a pruned variant of it.</param>
    /// <param name="inputs">Shapes that replace the declared ones.</param>
    /// <exception cref="CompressionException">Nothing is to be replaced, or something cannot be; the message says what.</exception>
    public TPruned Apply<TPruned>(IPrunable<TPruned> model, params ReadOnlySpan<Shape> inputs)
        where TPruned : nn.Module, IPruned => (TPruned)ApplyTo(model, inputs.ToArray());

    /// <summary>The same where the type is not known.</summary>
    internal nn.Module ApplyTo(IPrunable model, Shape[] inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        Validate();
        if (inputs.Length == 0 && model is IPruned { State.Shapes: var known })
            inputs = known;
        var traced = Tracer.Run(model, inputs);
        var paths = PathsOf((nn.Module)(object)model);
        Policy.Check(model.ModelName, [.. paths.Values]);
        var replaced = Select(traced, module => paths.TryGetValue(module, out var path) && Policy.Allows(path));
        if (replaced.Count == 0)
            throw new CompressionException($"{Name} finds nothing to replace in {model.ModelName}: {WhyNothing(traced)}");
        var edit = new ReplacedModules(replaced.ToDictionary(r => paths[r.Key], r => r.Value.Recipe));
        return PruningState.Create(model, new(replaced.ToDictionary(r => r.Key, r => r.Value.Module), [], edit), inputs);
    }

    /// <summary>Checks the options.</summary>
    /// <exception cref="CompressionException">One is not allowed.</exception>
    protected virtual void Validate()
    {
    }

    /// <summary>Why nothing is replaced, for the message.</summary>
    private protected virtual string WhyNothing(TracedModel traced) =>
        $"no rule holds where the policy allows it. The rules: {string.Join("; ", Rules)}.";

    /// <summary>What takes the place of which module.</summary>
    private protected virtual Dictionary<nn.Module, (nn.Module Module, ModuleRecipe? Recipe)> Select(TracedModel traced, Func<nn.Module, bool> isAllowed) =>
        new ModuleRuleMatcher(traced, isAllowed).Run(Rules).ToDictionary(r => r.Key, r => (r.Value, ModuleRecipe.Of(r.Value)));

    /// <summary>The modules of a model by the path that each is first registered under.</summary>
    internal static Dictionary<nn.Module, string> PathsOf(nn.Module root)
    {
        var result = new Dictionary<nn.Module, string>(ReferenceEqualityComparer.Instance);
        foreach (var (path, module) in root.named_modules())
            result.TryAdd(module, path);
        return result;
    }
}
