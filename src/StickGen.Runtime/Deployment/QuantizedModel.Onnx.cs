using StickGen.Format;
using StickGen.Onnx;

namespace StickGen.Deployment;

/// <content>Export.</content>
public sealed partial class QuantizedModel
{
    /// <summary>
    /// Writes the model as ONNX (opset 17), for ONNX Runtime and whatever else reads it: integers are QuantizeLinear and
    /// DequantizeLinear pairs around float operators, float layers are what they are. Inputs and outputs keep their names, and dynamic
    /// dimensions theirs. Given equal integers, each operation of ONNX Runtime differs by at most one step (docs/onnx.md). The
    /// file appears complete or not at all.
    /// </summary>
    /// <param name="path">The file, such as <c>lenet5.onnx</c>.</param>
    /// <exception cref="NotSupportedException">A node has no form in ONNX; the message names it and the reason.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void ExportOnnx(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reading = source.Enter();
        using var file = AtomicFile.Prepare(path, stream => OnnxModelWriter.Write(stream, Graph));
        file.Commit();
    }
}
