using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>Copies of tensors in managed arrays.</summary>
internal static class TensorReading
{
    /// <summary>The elements, row-major, in float32.</summary>
    public static float[] ToFloats(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }
}
