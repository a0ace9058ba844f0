using System.Globalization;
using System.Reflection;
using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Operations;
using static TorchSharp.torch;

namespace StickGen.Compression;

// What forward is given that is no tensor, and calls of compressible modules that are given such.
public sealed partial class Tracer
{
    private static readonly object NotKnown = new();

    /// <summary>Stands for an argument that is not known while the model is compressed.</summary>
    public object Unknown => NotKnown;

    /// <summary>What a parameter of <c>forward</c> that is no tensor is while the model is compressed.</summary>
    /// <typeparam name="T">The type of the parameter.</typeparam>
    /// <param name="parameter">Its name.</param>
    /// <exception cref="CompressionException">It is not known.</exception>
    public T Value<T>(string parameter) => scope.Values.TryGetValue(parameter, out var value)
        ? Note(parameter, As<T>(parameter, value))
        : throw NoValue(parameter);

    /// <inheritdoc cref="Value{T}(string)"/>
    /// <param name="parameter">Its name.</param>
    /// <param name="known">The value where the caller gives none.</param>
    public T Value<T>(string parameter, T known) =>
        Note(parameter, scope.Values.TryGetValue(parameter, out var value) ? As<T>(parameter, value) : known);

    /// <summary>A call of a module with arguments that are no tensors or may be null, or with several results.</summary>
    /// <param name="field">The name under which the module is registered.</param>
    /// <param name="module">The live module.</param>
    /// <param name="results">How many tensors it returns; 0 where it returns something else.</param>
    /// <param name="inputs">The tensors that it is given.</param>
    /// <param name="values">What else it is given, by the names of its parameters, or by their places, such as <c>@1</c>, where only the instance knows its class.</param>
    public SymbolicTensor[] Call(
        string field, nn.Module module, int results, SymbolicTensor?[] inputs, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (module is null)
            throw new CompressionException($"{scope.Model.ModelName}.forward, at '{statement}': '{field}' is null.");
        if (module is not ICompressible compressible)
        {
            var operands = inputs.OfType<SymbolicTensor>().Select(input => input.Value).ToArray();
            return [.. Enumerable.Range(0, Math.Max(1, results)).Select(_ => Append(-1, NodeKinds.Invoke, field, new Call(field), operands)).Take(results)];
        }

        if (inputs.Length != compressible.Inputs.Count)
            throw new CompressionException($"'{ModulePath.Join(scope.Path, field)}' is given {inputs.Length} inputs; {compressible.ModelName} has {compressible.Inputs.Count}.");
        var (outer, outerStatement, outerLine) = (scope, statement, line);
        var present = inputs.OfType<SymbolicTensor>().Select(input => input.Value).ToArray();
        scope = new TracedScope(compressible, ModulePath.Join(outer.Path, field), outer.Marks, present);
        foreach (var (name, value) in values)
            scope.Values[name.StartsWith('@') ? ParameterOf(module, name) : name] = value;
        scopes.Add(scope);
        var computed = compressible.Replay(this, inputs!);
        scope.Outputs = [.. computed.Where(result => result is not null).Select(result => result.Value)];
        (scope, statement, line) = (outer, outerStatement, outerLine);
        return results == 0 ? []
            : computed.Length == results ? computed
            : throw new CompressionException($"'{ModulePath.Join(scope.Path, field)}' ({compressible.ModelName}) has {computed.Length} results where {results} are expected.");
    }

    /// <summary>A call of a module of which only the instance knows which it is.</summary>
    /// <inheritdoc cref="Call(string, nn.Module, int, SymbolicTensor[], ReadOnlySpan{ValueTuple{string, object}})"/>
    public SymbolicTensor[] Call(nn.Module module, int results, SymbolicTensor?[] inputs, params ReadOnlySpan<(string Name, object? Value)> values) =>
        Call(PathOf(module), module, results, inputs, values);

    /// <summary>Statements that are kept as they are written, and so are not replayed: what they compute, nobody knows.</summary>
    /// <param name="code">The statements, shortened.</param>
    /// <param name="results">How many tensors are returned by them.</param>
    /// <param name="operands">The tensors that they read; some may be null.</param>
    public SymbolicTensor[] Kept(string code, int results, params ReadOnlySpan<SymbolicTensor?> operands)
    {
        GraphValue[] read = [.. operands.ToArray().OfType<SymbolicTensor>().Select(operand => operand.Value)];
        return [.. Enumerable.Range(0, Math.Max(1, results)).Select(_ => Append(-1, NodeKinds.Opaque, "kept", new Opaque(code), read))];
    }

    /// <summary>The name of a parameter of <c>forward</c> by its place.</summary>
    private static string ParameterOf(nn.Module module, string place)
    {
        var index = int.Parse(place.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture);
        var names = module.GetType().GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(method => method.Name == "forward" && method.GetBaseDefinition() != method && method.GetParameters().Length > index)
            .Select(method => method.GetParameters()[index].Name).OfType<string>();
        return names.FirstOrDefault() ?? place;
    }

    private T Note<T>(string parameter, T value)
    {
        scope.Parameters[parameter] = value;
        return value;
    }

    private T As<T>(string parameter, object? value)
    {
        if (ReferenceEquals(value, NotKnown))
            throw NoValue(parameter);
        if (value is Dimension dimension)
            value = dimension.IsFixed ? dimension.Size : throw NoValue(parameter);
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (value is IConvertible and not T && !type.IsEnum && typeof(IConvertible).IsAssignableFrom(type))
            value = Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
        return (T)value!;
    }

    private CompressionException NoValue(string parameter) => new(
        $"{scope.Model.ModelName}.forward depends on its parameter '{parameter}', which has no value while the model is compressed. Say which with [InputValue(\"{parameter}\", …)].");
}
