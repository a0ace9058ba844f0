using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>
/// A model as a safetensors file: constants are tensors, weights of few bits packed, the graph is JSON in the metadata. Scales
/// for each channel are tensors too, named after their constant.
/// </summary>
internal static class ModelFile
{
    /// <summary>The version of the format; a reader takes no other.</summary>
    public const string Version = "stickgen-model/1";

    private const string VersionKey = "format";
    private const string GraphKey = "graph";

    public static void Write(Stream stream, ModelGraph graph)
    {
        var packings = new Dictionary<GraphValue, WeightPacking>();
        foreach (var constant in Constants(graph))
        {
            if (WeightPacking.Find(constant) is { } packing)
                packings.Add(constant, packing);
        }

        var tensors = Tensors(graph).ConvertAll(
            t => graph.Values.TryGetValue(t.Name, out var constant) && packings.TryGetValue(constant, out var packing) ? packing.Pack(constant) : t);
        SafetensorsWriter.Write(stream, [new(VersionKey, Version), new(GraphKey, GraphJson.Write(graph, packings))], tensors);
    }

    /// <exception cref="InvalidModelException">The file is not a model.</exception>
    public static ModelGraph Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            var (metadata, tensors) = SafetensorsReader.Read(file);
            if (!metadata.TryGetValue(VersionKey, out var version) || !metadata.TryGetValue(GraphKey, out var graph))
                throw new InvalidModelException("The file is a safetensors file, but not one that StickGen wrote: the metadata has no graph.");
            if (version != Version)
                throw new InvalidModelException($"The file has the format '{version}'; this version reads '{Version}'.");
            return GraphJson.Read(Encoding.UTF8.GetBytes(graph), tensors);
        }
        // What System.Text.Json and ModelGraph say of content that is not as it should be.
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new InvalidModelException(e.Message, e);
        }
    }

    /// <summary>What is stored, before weights of few bits are packed: each constant, followed by its scales if it has more than one.</summary>
    public static List<StoredTensor> Tensors(ModelGraph graph)
    {
        var tensors = new List<StoredTensor>();
        foreach (var constant in Constants(graph))
        {
            tensors.Add(new(constant.Name, constant.Type, constant.Shape!, constant.Data));
            if (constant.Quantization is { Axis: not null } quantization)
            {
                var bytes = MemoryMarshal.AsBytes(quantization.Scales.AsSpan()).ToArray();
                tensors.Add(new(ScalesName(graph, constant), ElementType.Float32, Shape.Of(quantization.Scales.Length), bytes));
            }
        }

        return tensors;
    }

    public static IEnumerable<GraphValue> Constants(ModelGraph graph) => graph.Values.Values.Where(v => v.IsConstant);

    /// <summary>The name of the tensor that holds a constant's scales.</summary>
    public static string ScalesName(ModelGraph graph, GraphValue constant)
    {
        var name = constant.Name + ".scales";
        while (graph.Values.ContainsKey(name))
            name += "_";
        return name;
    }
}
