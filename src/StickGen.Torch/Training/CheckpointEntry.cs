using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>A named tensor in a checkpoint.</summary>
/// <param name="Name">Unique in the file.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes.</param>
internal sealed record CheckpointEntry(string Name, ScalarType Type, long[] Shape)
{
    /// <summary>In the file; <see langword="null"/> if that is more than any file has, or the type is unknown.</summary>
    public long? ByteCount()
    {
        if (ElementSize(Type) is not { } size)
            return null;
        UInt128 bytes = (UInt128)size;
        foreach (var dimension in Shape)
        {
            if (dimension < 0)
                return null;
            bytes *= (UInt128)dimension;
            if (bytes > long.MaxValue)
                return null;
        }

        return (long)bytes;
    }

    public override string ToString() => $"{Type}[{string.Join(", ", Shape)}]";

    private static int? ElementSize(ScalarType type) => type switch
    {
        ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => null,
    };
}
