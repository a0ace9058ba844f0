namespace StickGen;

/// <summary>
/// Keeps a module in float: no quantizer touches its weights or its output, and the deployed model runs it with a
/// float32 kernel. Its input still is whatever its (quantized) producer computed.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class KeepFloatAttribute : Attribute;
