using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>The names that safetensors has for element types.</summary>
internal static class TensorType
{
    public static string Name(ElementType type) => type switch
    {
        ElementType.Float32 => "F32",
        ElementType.UInt8 => "U8",
        ElementType.Int8 => "I8",
        ElementType.Int32 => "I32",
        _ => throw new InvalidModelException($"The element type {type} cannot be stored."),
    };

    public static ElementType Parse(string name, string tensor) => name switch
    {
        "F32" => ElementType.Float32,
        "U8" => ElementType.UInt8,
        "I8" => ElementType.Int8,
        "I32" => ElementType.Int32,
        _ => throw new InvalidModelException($"The tensor '{tensor}' has the type '{name}'; F32, U8, I8 and I32 are supported."),
    };
}

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its shape; all sizes are fixed.</param>
/// <param name="Data">Its little-endian bytes, row-major.</param>
internal sealed record StoredTensor(string Name, ElementType Type, Shape Shape, ReadOnlyMemory<byte> Data);
