using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>The values of a tensor in a file, one after the other.</summary>
internal static class TensorBytes
{
    private const int BufferBytes = 1 << 16;

    /// <summary>How many there are; <see langword="null"/> if that is more than any file has, a size is negative, or the type is unknown.</summary>
    public static long? Count(ScalarType type, ReadOnlySpan<long> shape)
    {
        if (ElementSize(type) is not { } size)
            return null;
        var bytes = (UInt128)size;
        foreach (var dimension in shape)
        {
            if (dimension < 0)
                return null;
            bytes *= (UInt128)dimension;
            if (bytes > long.MaxValue)
                return null;
        }

        return (long)bytes;
    }

    public static void Write(Stream stream, Tensor tensor)
    {
        if (tensor.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        tensor.detach().cpu().contiguous().WriteBytesToStream(stream, BufferBytes);
    }

    /// <summary>Copies values over those of a tensor of the same type and shape.</summary>
    public static void Read(Stream stream, Tensor destination)
    {
        if (destination.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = empty(destination.shape, destination.dtype);
        values.ReadBytesFromStream(stream, BufferBytes);
        destination.copy_(values);
    }

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
