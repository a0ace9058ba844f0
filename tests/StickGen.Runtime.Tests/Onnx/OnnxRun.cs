using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StickGen.Graphs;
using StickGen.Onnx;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>An exported graph in ONNX Runtime: one thread, with all of its optimisations or none.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession session;

    public OnnxRun(ModelGraph graph, bool optimized, string? optimizedFile = null)
        : this(Export(graph), optimized, optimizedFile)
    {
    }

    public OnnxRun(byte[] model, bool optimized, string? optimizedFile = null)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = optimized ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        if (optimizedFile is not null)
            options.OptimizedModelFilePath = optimizedFile;
        session = new(model, options);
    }

    public InferenceSession Session => session;

    public static byte[] Export(ModelGraph graph)
    {
        using var stream = new MemoryStream();
        OnnxModelWriter.Write(stream, graph);
        return stream.ToArray();
    }

    /// <summary>The outputs, in the graph's order.</summary>
    public (int[] Shape, float[] Values)[] Run(params (string Name, int[] Shape, float[] Values)[] inputs)
    {
        var values = inputs.Select(i => NamedOnnxValue.CreateFromTensor(i.Name, new DenseTensor<float>(i.Values, i.Shape))).ToArray();
        using var results = session.Run(values);
        return [.. results.Select(r => (r.AsTensor<float>().Dimensions.ToArray(), r.AsTensor<float>().ToArray()))];
    }

    public void Dispose() => session.Dispose();
}
