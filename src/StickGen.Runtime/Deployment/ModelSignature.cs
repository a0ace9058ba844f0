using System.Collections.Immutable;
using StickGen.Format;
using StickGen.Graphs;

namespace StickGen.Deployment;

/// <summary>
/// What a model looks like from outside, without its numbers: retraining does not change it. Written beside a model as
/// text, read by the generator of typed loaders, and compared when a model is loaded.
/// </summary>
public sealed class ModelSignature
{
    /// <summary>A signature of its parts.</summary>
    public ModelSignature(
        string model,
        ImmutableArray<ValueSignature> inputs,
        ImmutableArray<ValueSignature> outputs,
        ImmutableArray<LayerSignature> layers,
        ImmutableArray<ValueSignature> tensors)
    {
        (Model, Inputs, Outputs, Layers, Tensors) = (model, inputs, outputs, layers, tensors);
        Id = SignatureJson.Id(this);
    }

    /// <summary>The name of the model's class.</summary>
    public string Model { get; }

    /// <summary>The inputs, in the order of <c>forward</c>'s parameters.</summary>
    public ImmutableArray<ValueSignature> Inputs { get; }

    /// <summary>The results.</summary>
    public ImmutableArray<ValueSignature> Outputs { get; }

    /// <summary>The nodes of the graph, in the order in which they are run.</summary>
    public ImmutableArray<LayerSignature> Layers { get; }

    /// <summary>The stored tensors.</summary>
    public ImmutableArray<ValueSignature> Tensors { get; }

    /// <summary>The SHA-256 of the canonical form in lower-case hexadecimal: equal signatures have equal ids.</summary>
    public string Id { get; }

    /// <summary>The signature of a graph whose inputs and outputs have shapes.</summary>
    public static ModelSignature Of(ModelGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new(
            graph.Name,
            [.. graph.Inputs.Select(Value)],
            [.. graph.Outputs.Select(Value)],
            [.. graph.Nodes.Select(n => new LayerSignature(n.Name, n.Operation.Kind))],
            [.. ModelFile.Tensors(graph).Select(t => new ValueSignature(t.Name, t.Type, t.Shape))]);

        static ValueSignature Value(GraphValue value) => new(
            value.Name, value.Type, value.Shape ?? throw new ArgumentException($"The value '{value.Name}' has no known shape."));
    }

    /// <summary>The signature from its text.</summary>
    /// <exception cref="InvalidModelException">The text is not a signature, or its id is not that of its content.</exception>
    public static ModelSignature Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return SignatureJson.Read(json);
    }

    /// <summary>The signature as text: JSON with a line for each input, output, layer and tensor, each line ended by <c>\n</c>.</summary>
    public string ToJson() => SignatureJson.Write(this);

    /// <summary>
    /// In what this signature differs from another, one sentence for each thing; none if their ids are equal.
    /// </summary>
    public IReadOnlyList<string> DifferencesFrom(ModelSignature expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var differences = new List<string>();
        if (Model != expected.Model)
            differences.Add($"the model is '{Model}', not '{expected.Model}'");
        Compare("input", Inputs, expected.Inputs, v => v.Name);
        Compare("output", Outputs, expected.Outputs, v => v.Name);
        Compare("layer", Layers, expected.Layers, l => l.Name);
        Compare("tensor", Tensors, expected.Tensors, v => v.Name);
        return differences;

        void Compare<T>(string what, ImmutableArray<T> actual, ImmutableArray<T> wanted, Func<T, string> name)
            where T : class
        {
            var known = new Dictionary<string, T>(StringComparer.Ordinal);
            foreach (var item in actual)
                known.TryAdd(name(item), item);
            var before = differences.Count;
            foreach (var item in wanted)
            {
                if (!known.Remove(name(item), out var found))
                    differences.Add($"the {what} {item} is missing");
                else if (!found.Equals(item))
                    differences.Add($"the {what} {found} is expected to be {item}");
            }

            foreach (var item in known.Values)
                differences.Add($"the {what} {item} is not expected");
            if (differences.Count == before && !actual.SequenceEqual(wanted))
                differences.Add($"the {what}s are in another order");
        }
    }
}
