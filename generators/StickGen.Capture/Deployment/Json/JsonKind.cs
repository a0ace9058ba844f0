namespace StickGen.Capture.Deployment.Json;

/// <summary>What a <see cref="JsonValue"/> is.</summary>
internal enum JsonKind
{
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}
