using Microsoft.ML.OnnxRuntime;
using StickGen.Graphs;
using StickGen.Onnx;

namespace StickGen.Benchmarks.Deploy;

/// <summary>A network, float or quantized, in ONNX Runtime with all of its optimizations, over memory that is bound once.</summary>
internal sealed class OnnxContender : IContender
{
    private readonly RunOptions options = new();
    private readonly InferenceSession session;
    private readonly OrtIoBinding binding;
    private readonly OrtValue input;
    private readonly OrtValue output;

    public OnnxContender(string name, ModelGraph graph, SignedWeights signedWeights, float[] values, int threads)
    {
        Name = name;
        using var file = new MemoryStream();
        // Not by the writer, which refuses what StickGen itself has no kernel for: some operations are float operators here.
        OnnxTranslation.Translate(graph, signedWeights).ToModel().WriteTo(file);
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session = new(file.ToArray(), settings);
        input = OrtValue.CreateTensorValueFromMemory(values, Sizes(graph.Inputs[0]));
        var length = graph.Outputs[0].Shape!.ElementCount.Size;
        output = OrtValue.CreateTensorValueFromMemory(new float[length], Sizes(graph.Outputs[0]));
        binding = session.CreateIoBinding();
        binding.BindInput(graph.Inputs[0].Name, input);
        binding.BindOutput(graph.Outputs[0].Name, output);
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

    private static long[] Sizes(GraphValue value) => [.. value.Shape!.Select(d => d.Size)];
}
