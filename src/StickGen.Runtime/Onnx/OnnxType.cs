using StickGen.Graphs;

namespace StickGen.Onnx;

/// <summary>Element types, with ONNX's numbers (<c>TensorProto.DataType</c>).</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
}

/// <summary>What the element types of graphs are in ONNX.</summary>
internal static class OnnxTypes
{
    public static OnnxType Of(ElementType type) => type switch
    {
        ElementType.Float32 => OnnxType.Float,
        ElementType.UInt8 => OnnxType.UInt8,
        ElementType.Int8 => OnnxType.Int8,
        ElementType.Int32 => OnnxType.Int32,
        _ => throw new NotSupportedException($"The element type {type} has no form in ONNX here."),
    };
}
