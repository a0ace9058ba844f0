using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StickGen.Compression;

/// <summary>
/// Bits of single layers, in the options of an algorithm or in a JSON file: <c>[{"Layer": "conv1", "Weights": 8}, {"Layer": "stage", "Weights": 2, "Activations": 4}]</c>. Where several
/// entries cover a layer, one for a module inside of another one's goes before it, and all of them before a <see cref="BitsAttribute"/>. An entry that covers nothing is an error of <c>Apply</c>.
/// </summary>
[JsonConverter(typeof(Converter))]
[CollectionBuilder(typeof(BitPlan), nameof(Create))]
public sealed class BitPlan : IReadOnlyList<LayerBits>, IEquatable<BitPlan>
{
    private readonly LayerBits[] entries;

    private BitPlan(LayerBits[] entries)
    {
        if (entries.GroupBy(e => e.Layer, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CompressionException($"The plan has {twice.Count()} entries for '{twice.Key}'; one is expected.");
        this.entries = entries;
    }

    /// <summary>A plan of nothing.</summary>
    public static BitPlan Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => entries.Length;

    /// <inheritdoc/>
    public LayerBits this[int index] => entries[index];

    /// <summary>A plan.</summary>
    /// <exception cref="CompressionException">There are two entries for a layer.</exception>
    public static BitPlan Create(ReadOnlySpan<LayerBits> entries) => new(entries.ToArray());

    /// <summary>Reads a plan.</summary>
    /// <exception cref="JsonException">The text is not JSON of a plan.</exception>
    /// <exception cref="CompressionException">A value is not allowed, or there are two entries for a layer.</exception>
    public static BitPlan FromJson(string json) => AlgorithmOptions.Read<BitPlan>(json);

    /// <summary>Reads a plan from a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <inheritdoc cref="FromJson"/>
    public static BitPlan Load(string path) => FromJson(File.ReadAllText(path));

    /// <summary>Writes the plan.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <inheritdoc/>
    public bool Equals(BitPlan? other) => other is not null && entries.AsSpan().SequenceEqual(other.entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BitPlan);

    /// <inheritdoc/>
    public override int GetHashCode() => entries.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public IEnumerator<LayerBits> GetEnumerator() => ((IEnumerable<LayerBits>)entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Converter : JsonConverter<BitPlan>
    {
        public override BitPlan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<LayerBits[]>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, BitPlan value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.entries, options);
    }
}
