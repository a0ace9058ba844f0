using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StickGen.Compression;

/// <summary>What the option records of all algorithms share: their JSON, and the form of the message about a bad value.</summary>
internal static class AlgorithmOptions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Reads a record.</summary>
    /// <exception cref="JsonException">The text is not JSON, is <c>null</c>, or has members that are no options.</exception>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Json) ?? throw new JsonException("The text is null; an object is expected.");

    public static string Write<T>(T options) => JsonSerializer.Serialize(options, Json);

    public static void Require(bool condition, string option, object? value, string allowed)
    {
        if (!condition)
            throw new CompressionException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; allowed: {allowed}."));
    }

    public static void RequireBits(string option, int bits) => Require(bits is >= 2 and <= 8, option, bits, "2 to 8");

    public static void RequireDefined<T>(string option, T value)
        where T : struct, Enum => Require(Enum.IsDefined(value), option, value, string.Join(", ", Enum.GetNames<T>()));
}
