using System.Text.Json;
using System.Text.Json.Serialization;

namespace StickGen.Training;

/// <summary>A JSON object with one number per metric.</summary>
internal sealed class MetricValuesConverter : JsonConverter<MetricValues>
{
    public override MetricValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.Deserialize<OrderedDictionary<string, double>>(ref reader, options) ?? []);

    public override void Write(Utf8JsonWriter writer, MetricValues value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new OrderedDictionary<string, double>(value), options);
}
