using System.Reflection;
using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// Calls a variant, or the variant of a block in it, with tensors. Parameters that are no tensors have the values that they had when the model was compressed.
/// </summary>
internal sealed class ForwardCall
{
    private readonly nn.Module module;
    private readonly TracedScope scope;
    private readonly MethodInfo forward;
    private readonly ParameterInfo[] parameters;

    /// <exception cref="CompressionException">The module has no forward with the inputs of its class.</exception>
    public ForwardCall(nn.Module module, TracedScope scope)
    {
        (this.module, this.scope) = (module, scope);
        Names = [.. scope.Model.Inputs.Select(i => i.Name)];
        forward = module.GetType().GetMethods().FirstOrDefault(m => m.Name == "forward" && Names.All(n => m.GetParameters().Any(p => p.Name == n)))
            ?? throw new CompressionException($"'{scope.Path}' ({scope.Model.ModelName}) has no forward with the parameters {string.Join(", ", Names)}.");
        parameters = forward.GetParameters();
    }

    /// <summary>The module.</summary>
    public nn.Module Module => module;

    /// <summary>The names of the parameters that are tensors.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>A batch of calibration data by the names of the parameters.</summary>
    /// <param name="batch">Tensors in the order of the parameters; at the end, optional ones may be left out.</param>
    /// <exception cref="CompressionException">There are too many or too few, or one is empty.</exception>
    public IReadOnlyDictionary<string, Tensor> Named(Tensor[]? batch)
    {
        if (batch is null || batch.Length > Names.Count || batch.Length < scope.Model.Inputs.Count(i => !i.IsOptional))
            throw new CompressionException($"A batch of the calibration data has {batch?.Length ?? 0} tensors; {scope.Model.ModelName} has the inputs {string.Join(", ", Names)}.");
        if (Array.Exists(batch, t => t is not null && t.numel() == 0))
            throw new CompressionException("A batch of the calibration data has a tensor without elements.");
        return Enumerable.Range(0, batch.Length).Where(i => batch[i] is not null).ToDictionary(i => Names[i], i => batch[i], StringComparer.Ordinal);
    }

    /// <summary>All batches of calibration data by the names of the parameters.</summary>
    /// <exception cref="CompressionException">There are none, or one does not fit.</exception>
    public List<IReadOnlyDictionary<string, Tensor>> Named(IReadOnlyList<Tensor[]> data) =>
        data.Count > 0 ? [.. data.Select(Named)] : throw new CompressionException("There is no calibration data; give at least one batch.");

    /// <summary>Runs, for those that look at what is computed on the way.</summary>
    /// <param name="inputs">By the names of parameters.</param>
    /// <returns>Whether it was run to its end, and not ended by a <see cref="ForwardEndedException"/>.</returns>
    public bool TryRun(IReadOnlyDictionary<string, Tensor> inputs)
    {
        using var scope = NewDisposeScope();
        try
        {
            Run(inputs);
            return true;
        }
        catch (ForwardEndedException)
        {
            return false;
        }
    }

    /// <summary>The tensors of the result, which the caller owns.</summary>
    /// <param name="inputs">By the names of parameters; one that is missing is null.</param>
    public List<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var arguments = Array.ConvertAll(parameters, p => Argument(p, inputs));
        var result = forward.Invoke(module, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        var tensors = new List<Tensor>();
        if (!ForwardResults.Find(result, tensors) || tensors.Count == 0)
            throw new CompressionException($"'{scope.Path}' ({scope.Model.ModelName}) returns a {result?.GetType().Name ?? "null"}, of which the tensors are not known; return tensors, tuples or lists of such.");
        return [.. tensors.Where(t => t is not null)];
    }

    private object? Argument(ParameterInfo parameter, IReadOnlyDictionary<string, Tensor> inputs) =>
        inputs.TryGetValue(parameter.Name!, out var tensor) ? tensor
        : Names.Contains(parameter.Name!) ? null
        : scope.Parameters.TryGetValue(parameter.Name!, out var value) || scope.Values.TryGetValue(parameter.Name!, out value) ? value
        : parameter.HasDefaultValue ? parameter.DefaultValue
        : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
}
