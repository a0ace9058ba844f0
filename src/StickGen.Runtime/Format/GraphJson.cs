using System.Text;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Validation;

namespace StickGen.Format;

/// <summary>The graph of a model as JSON; shapes between nodes are inferred again when it is read.</summary>
internal static class GraphJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <param name="graph">The graph.</param>
    /// <param name="packings">How constants are stored that are not stored as they are.</param>
    public static string Write(ModelGraph graph, IReadOnlyDictionary<GraphValue, WeightPacking> packings)
    {
        using var stream = new MemoryStream();
        using var writer = new Utf8JsonWriter(stream, SafetensorsWriter.Json);
        writer.WriteStartObject();
        writer.WriteString("model", graph.Name);

        writer.WriteStartArray("inputs");
        foreach (var input in graph.Inputs)
        {
            writer.WriteStartObject();
            writer.WriteString("name", input.Name);
            writer.WriteString("type", ShapeCodec.Name(input.Type));
            ShapeCodec.Write(writer, "shape", input.Shape!);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("constants");
        foreach (var constant in ModelFile.Constants(graph))
        {
            writer.WriteStartObject();
            writer.WriteString("name", constant.Name);
            if (constant.Quantization is { } quantization)
                QuantizationCodec.Write(writer, quantization, ModelFile.ScalesName(graph, constant));
            if (packings.TryGetValue(constant, out var packing))
                packing.Write(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("nodes");
        foreach (var node in graph.Nodes)
            Write(writer, node);
        writer.WriteEndArray();
        WriteNames(writer, "outputs", graph.Outputs);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static ModelGraph Read(ReadOnlyMemory<byte> json, IReadOnlyList<StoredTensor> tensors)
    {
        using var document = JsonDocument.Parse(json, Strict);
        var fields = new JsonFields(document.RootElement, "The graph");
        var graph = new ModelGraph(fields.String("model"));
        foreach (var element in fields.Array("inputs"))
            ReadInput(element, graph);
        ReadConstants(fields.Array("constants"), tensors, graph);
        // Counted before they are read: what a file may have is also what memory is spent on.
        var nodes = fields.Array("nodes");
        if (nodes.Count() > Limits.Nodes)
            throw new InvalidModelException($"The graph has {nodes.Count()} nodes; at most {Limits.Nodes} are supported.");
        foreach (var element in nodes)
            ReadNode(element, graph);
        foreach (var value in ReadNames(fields.Array("outputs"), graph, "The graph's outputs"))
            graph.AddOutput(value);
        fields.End();
        return graph;
    }

    private static void Write(Utf8JsonWriter writer, GraphNode node)
    {
        writer.WriteStartObject();
        writer.WriteString("name", node.Name);
        writer.WriteStartObject("operation");
        OperationCodec.Write(writer, node.Operation);
        writer.WriteEndObject();
        WriteNames(writer, "inputs", node.Inputs);
        if (node.Output.Quantization is { } quantization)
            QuantizationCodec.Write(writer, quantization, "");
        if (node.Source.Length is > 0 and <= JsonFields.MaxText)
            writer.WriteString("source", node.Source);
        writer.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter writer, string name, IEnumerable<GraphValue> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value.Name);
        writer.WriteEndArray();
    }

    private static void ReadInput(JsonElement element, ModelGraph graph)
    {
        var fields = new JsonFields(element, "An input");
        var name = fields.String("name");
        var where = $"The input '{name}'";
        graph.AddInput(name, new Shape(ShapeCodec.Read(ref fields, "shape", where)), ShapeCodec.Type(fields.String("type"), where));
        fields.End();
    }

    private static void ReadConstants(JsonElement.ArrayEnumerator elements, IReadOnlyList<StoredTensor> tensors, ModelGraph graph)
    {
        var unused = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var element in elements)
        {
            var fields = new JsonFields(element, "A constant");
            var name = fields.String("name");
            if (!unused.Remove(name, out var tensor))
                throw new InvalidModelException($"There is no tensor for the constant '{name}'.");
            var quantization = QuantizationCodec.Read(ref fields, $"The quantization of '{name}'", unused);
            if (WeightPacking.Read(ref fields, name) is { } packing)
                tensor = packing.Unpack(tensor);
            fields.End();
            graph.AddConstant(name, tensor.Type, tensor.Shape, tensor.Data, quantization);
        }

        if (unused.Count > 0)
            throw new InvalidModelException($"The graph has no use for the tensor '{unused.Keys.First()}'.");
    }

    private static void ReadNode(JsonElement element, ModelGraph graph)
    {
        var fields = new JsonFields(element, "A node");
        var name = fields.String("name");
        var where = $"The node '{name}'";
        var operation = OperationCodec.Read(fields.Required("operation"), where);
        var inputs = ReadNames(fields.Array("inputs"), graph, where);
        var quantization = QuantizationCodec.Read(ref fields, $"The quantization of '{name}'", []);
        var source = fields.Has("source") ? fields.String("source") : "";
        fields.End();
        graph.Add(name, operation, inputs, quantization, source);
    }

    private static GraphValue[] ReadNames(JsonElement.ArrayEnumerator names, ModelGraph graph, string where)
    {
        var values = new List<GraphValue>();
        foreach (var element in names)
        {
            if (element.ValueKind != JsonValueKind.String || !graph.Values.TryGetValue(element.GetString()!, out var value))
                throw new InvalidModelException($"{where} refers to {element.GetRawText()}, which is not a value defined before.");
            values.Add(value);
        }

        return [.. values];
    }
}
