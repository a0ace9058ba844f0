using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StickGen.Benchmarks.Deploy;
using StickGen.Deployment;
using StickGen.Onnx;

namespace StickGen.Benchmarks.Decode;

/// <summary>ONNX Runtime's product of a token with weights of four bits in blocks (<c>com.microsoft.MatMulNBits</c>), over memory that is bound once.</summary>
internal sealed class OnnxBlockwiseProduct : IContender
{
    private const int Zero = 8;
    private readonly RunOptions options = new();
    private readonly InferenceSession session;
    private readonly OrtIoBinding binding;
    private readonly OrtValue input, output;

    /// <param name="weights">Symmetric, of four bits, in groups.</param>
    /// <param name="token">One token.</param>
    /// <param name="accuracyLevel">0: computes in float32; 4: quantizes the token to int8.</param>
    /// <param name="threads">How many threads compute.</param>
    public OnnxBlockwiseProduct(GroupedWeights weights, float[] token, int accuracyLevel, int threads)
    {
        Name = $"ort_accuracy_level_{accuracyLevel}";
        using var file = new MemoryStream();
        Model(weights, accuracyLevel).WriteTo(file);
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session = new(file.ToArray(), settings);
        input = OrtValue.CreateTensorValueFromMemory(token, [1, weights.Columns]);
        output = OrtValue.CreateTensorValueFromMemory(new float[weights.Rows], [1, weights.Rows]);
        binding = session.CreateIoBinding();
        binding.BindInput("x", input);
        binding.BindOutput("y", output);
    }

    public string Name { get; }

    public ReadOnlySpan<float> Output => output.GetTensorDataAsSpan<float>();

    public void Run() => session.RunWithBinding(options, binding);

    public void Dispose()
    {
        binding.Dispose();
        input.Dispose();
        output.Dispose();
        session.Dispose();
        options.Dispose();
    }

    private static ProtobufMessage Model(GroupedWeights weights, int accuracyLevel)
    {
        const string Domain = "com.microsoft";
        var (rows, columns, groups) = (weights.Rows, weights.Columns, weights.Groups);
        var node = new ProtobufMessage().Text(1, "x").Text(1, "b").Text(1, "scales").Text(2, "y").Text(3, "y").Text(4, "MatMulNBits");
        foreach (var (name, value) in new (string, long)[]
                 {
                     ("K", columns), ("N", rows), ("bits", 4), ("block_size", weights.GroupLength), ("accuracy_level", accuracyLevel),
                 })
            node.Message(5, OnnxAttribute.Integer(name, value).Message);
        node.Text(7, Domain);
        var graph = new ProtobufMessage().Text(2, "product").Message(1, node)
            .Message(5, Tensor("b", OnnxType.UInt8, [rows, groups, weights.GroupLength / 2], Nibbles(weights.Values.Span)))
            .Message(5, Tensor("scales", OnnxType.Float, [(long)rows * groups], MemoryMarshal.AsBytes(weights.Scales.Span).ToArray()))
            .Message(11, Port("x", columns))
            .Message(12, Port("y", rows));
        return new ProtobufMessage().Integer(1, 8).Message(7, graph)
            .Message(8, new ProtobufMessage().Text(1, "").Integer(2, 17))
            .Message(8, new ProtobufMessage().Text(1, Domain).Integer(2, 1));
    }

    private static ProtobufMessage Tensor(string name, OnnxType type, long[] shape, byte[] data) =>
        new ProtobufMessage().Integers(1, shape).Integer(2, (int)type).Text(8, name).Bytes(9, data);

    private static ProtobufMessage Port(string name, int size)
    {
        var shape = new ProtobufMessage().Message(1, new ProtobufMessage().Integer(1, 1)).Message(1, new ProtobufMessage().Integer(1, size));
        var tensor = new ProtobufMessage().Integer(1, (int)OnnxType.Float).Message(2, shape);
        return new ProtobufMessage().Text(1, name).Message(2, new ProtobufMessage().Message(1, tensor));
    }

    /// <summary>Two to a byte, the first in the lower half, with the default zero point of 8.</summary>
    private static byte[] Nibbles(ReadOnlySpan<sbyte> values)
    {
        var bytes = new byte[values.Length / 2];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((values[2 * i] + Zero) | ((values[(2 * i) + 1] + Zero) << 4));
        return bytes;
    }
}
