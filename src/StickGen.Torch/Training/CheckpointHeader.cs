using System.Text.Json;
using System.Text.Json.Serialization;

namespace StickGen.Training;

/// <summary>The JSON part of a checkpoint file.</summary>
/// <param name="State">Where the run is.</param>
/// <param name="Tensors">The tensors, in the order in which their values follow.</param>
internal sealed record CheckpointHeader(RunState State, IReadOnlyList<CheckpointEntry> Tensors)
{
    /// <summary>The last character is the version of the format.</summary>
    public static ReadOnlySpan<byte> Magic => "SGTRAIN1"u8;

    public static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };
}
