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
    public long? ByteCount() => TensorBytes.Count(Type, Shape);

    public override string ToString() => $"{Type}[{string.Join(", ", Shape)}]";
}
