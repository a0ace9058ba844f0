using StickGen.Format;
using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Planning;
using StickGen.Validation;

namespace StickGen.Deployment;

/// <summary>
/// A model that runs on integers, without TorchSharp. Several threads may run it at once: they share the weights, and each
/// run has memory of its own, which is kept for the next.
/// </summary>
public sealed partial class QuantizedModel : IDisposable
{
    private readonly IKernels kernels;
    private readonly ModelSource source;
    private readonly PlanCache plans;
    private readonly WorkerPool? workers;

    private QuantizedModel(ModelGraph graph, IKernels kernels, IDisposable? file, int threads)
    {
        GraphRules.Check(graph);
        (Threads, Vocabulary) = (threads, VocabularyOf(graph));
        (Graph, this.kernels, source) = (graph, kernels, new(file));
        try
        {
            Signature = ModelSignature.Of(graph);
            plans = new(graph, source, kernels, new(kernels), threads);
            // Weights are packed, and shapes checked, now rather than in the first run, if only the batch is open.
            if (plans.Sizes.OnlyBatch)
                plans.Get(plans.Sizes.Names.Length == 0 ? [] : [1L]);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new InvalidModelException(e.Message, e);
        }

        workers = threads > 1 ? new(threads) : null;
    }

    /// <summary>
    /// The quantized graph. The data of the constants of a loaded model is the file's: it cannot be read after
    /// <see cref="Dispose"/>, and a span of it must not be used any more. What is pinned stays readable until it is unpinned.
    /// Packed weights are unpacked when the model is loaded, into memory of their own.
    /// </summary>
    public ModelGraph Graph { get; }

    /// <summary>What the model looks like from outside.</summary>
    public ModelSignature Signature { get; }

    /// <summary>
    /// The instruction set in use: <c>portable</c>, <c>avx2</c> or <c>avx512vnni</c>, chosen when the model was loaded. The results are the same
    /// bits. The environment variable <c>STICKGEN_ISA</c> forces one.
    /// </summary>
    public string InstructionSet => kernels.Name;

    /// <summary>
    /// The number of threads that compute a run together, the caller's included. The results are the same bits for any number.
    /// Small layers are not divided, and of runs at the same time one has the other threads.
    /// </summary>
    public int Threads { get; }

    /// <summary>A model from a graph, which must not be changed afterwards.</summary>
    /// <exception cref="InvalidModelException">The graph cannot be run; the message names the node and the reason.</exception>
    /// <exception cref="InvalidOperationException"><c>STICKGEN_ISA</c> names no instruction set of this CPU.</exception>
    public static QuantizedModel FromGraph(ModelGraph graph) => FromGraph(graph, threads: 1);

    /// <summary>A model from a graph, which must not be changed afterwards.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="threads"><see cref="Threads"/>, 1 to 64.</param>
    /// <exception cref="InvalidModelException">The graph cannot be run; the message names the node and the reason.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not 1 to 64.</exception>
    /// <exception cref="InvalidOperationException"><c>STICKGEN_ISA</c> names no instruction set of this CPU.</exception>
    public static QuantizedModel FromGraph(ModelGraph graph, int threads) => FromGraph(graph, KernelSelector.Select(), threads);

    internal static QuantizedModel FromGraph(ModelGraph graph, IKernels kernels, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(graph);
        CheckThreads(threads);
        return new(graph, kernels, file: null, threads);
    }

    /// <summary>Loads a model. The file is mapped into memory, and is in use until <see cref="Dispose"/>.</summary>
    /// <exception cref="InvalidModelException">The file is not a model, or is damaged; the message says how.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading it is not allowed, or the path is a folder.</exception>
    /// <exception cref="InvalidOperationException"><c>STICKGEN_ISA</c> names no instruction set of this CPU.</exception>
    public static QuantizedModel Load(string path) => Load(path, threads: 1);

    /// <summary>Loads a model. The file is mapped into memory, and is in use until <see cref="Dispose"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads"><see cref="Threads"/>, 1 to 64.</param>
    /// <exception cref="InvalidModelException">The file is not a model, or is damaged; the message says how.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not 1 to 64.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading it is not allowed, or the path is a folder.</exception>
    /// <exception cref="InvalidOperationException"><c>STICKGEN_ISA</c> names no instruction set of this CPU.</exception>
    public static QuantizedModel Load(string path, int threads)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CheckThreads(threads);
        var kernels = KernelSelector.Select();
        IDisposable? file = null;
        try
        {
            var mapped = MappedFile.Open(path);
            file = mapped;
            return new(ModelFile.Read(mapped.Memory), kernels, file, threads);
        }
        catch (InvalidModelException e)
        {
            file?.Dispose();
            const int Shown = 1000;
            var reason = e.Message.Length <= Shown ? e.Message : e.Message[..Shown] + "…";
            throw new InvalidModelException($"'{path}' is not a model that can be loaded. {reason}", e);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Loads a model whose file is in memory already, such as a resource of the program. Nothing of it is copied.</summary>
    /// <param name="file">The bytes of the file, which must not be changed while the model is in use.</param>
    /// <param name="threads"><see cref="Threads"/>, 1 to 64.</param>
    /// <exception cref="InvalidModelException">The bytes are not a model, or are damaged; the message says how.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not 1 to 64.</exception>
    /// <exception cref="InvalidOperationException"><c>STICKGEN_ISA</c> names no instruction set of this CPU.</exception>
    public static QuantizedModel Load(ReadOnlyMemory<byte> file, int threads = 1)
    {
        CheckThreads(threads);
        return new(ModelFile.Read(file), KernelSelector.Select(), file: null, threads);
    }

    /// <summary>Loads a model that has to have a given signature, such as the one a program was compiled for.</summary>
    /// <exception cref="InvalidModelException">
    /// The file is not a model, or one with another signature; the message says what differs.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading it is not allowed, or the path is a folder.</exception>
    /// <exception cref="InvalidOperationException"><c>STICKGEN_ISA</c> names no instruction set of this CPU.</exception>
    public static QuantizedModel Load(string path, ModelSignature expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var model = Load(path);
        if (model.Signature.Id == expected.Id)
            return model;
        model.Dispose();
        const int Shown = 5;
        var differences = model.Signature.DifferencesFrom(expected);
        var more = differences.Count > Shown ? $"; and {differences.Count - Shown} more" : "";
        throw new InvalidModelException($"'{path}' does not have the expected signature: {string.Join("; ", differences.Take(Shown))}{more}.");
    }

    /// <summary>Where the signature of a model is: <c>lenet5.model.json</c> beside <c>lenet5.safetensors</c>.</summary>
    public static string SignaturePath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.ChangeExtension(path, ".model.json");
    }

    /// <summary>
    /// Saves the model, and its signature beside it. Each file appears complete or not at all: both are written under other
    /// names first, so that a full disk leaves what was there before.
    /// </summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not allowed there, or the path is a folder.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reading = source.Enter();
        using var signature = AtomicFile.Prepare(SignaturePath(path), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Signature.ToJson())));
        using var model = AtomicFile.Prepare(path, stream => ModelFile.Write(stream, Graph));
        model.Commit();
        signature.Commit();
    }

    /// <summary>
    /// Closes the file, if there is one. Runs under way end as if nothing had happened, or fail with an
    /// <see cref="ObjectDisposedException"/> if they are the first of their batch size.
    /// </summary>
    public void Dispose()
    {
        source.Dispose();
        workers?.Dispose();
    }

    private static void CheckThreads(int threads)
    {
        const int Most = 64;
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, Most);
    }
}
