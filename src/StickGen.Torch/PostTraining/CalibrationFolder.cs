using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Where a calibration keeps what is done: a file for the run, and one for each part, each of which appears complete or not at all.</summary>
internal sealed class CalibrationFolder(string path)
{
    /// <summary>Begins a run, or goes on with it.</summary>
    /// <typeparam name="T">What the run depends on: a record that is equal for the same run.</typeparam>
    /// <exception cref="CompressionException">The folder has another run, or its file is damaged.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void Begin<T>(T run)
        where T : class, IEquatable<T>
    {
        var file = PathOf("calibration.json");
        if (!File.Exists(file))
            WholeFile.Write(file, AlgorithmOptions.Write(run));
        else if (!run.Equals(Read<T>(file)))
            throw new CompressionException($"'{path}' has the calibration of another model, with other options or with other data. Give another folder, or delete this one.");
    }

    /// <summary>Begins a run over blocks, or goes on with it.</summary>
    /// <returns>How many blocks are done; the variant has them.</returns>
    /// <inheritdoc cref="Begin"/>
    public int Restore(CalibrationRun run, IFakeQuantized variant, LayerPlan plan)
    {
        Begin(run);
        var done = 0;
        for (; done < plan.Blocks.Count && File.Exists(FileOf(done)); done++)
            plan.Reports.AddRange(LayerFile.Read(FileOf(done), variant, [plan.Blocks[done]]));
        return done;
    }

    public void Write(int number, IFakeQuantized variant, BlockPlan block, BlockReport report) => LayerFile.Write(FileOf(number), variant, [block], [report]);

    /// <summary>The path of a file.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>A hash of calibration data.</summary>
    public static string Hash(IEnumerable<IReadOnlyDictionary<string, Tensor>> data) => Hash(data.SelectMany(b => b.OrderBy(i => i.Key, StringComparer.Ordinal)).Select(i => i.Value));

    /// <summary>A hash of tensors in their order.</summary>
    public static string Hash(IEnumerable<Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{tensor.dtype}[{string.Join(",", tensor.shape)}]"));
            hash.AppendData(tensor.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static T Read<T>(string file)
    {
        try
        {
            return AlgorithmOptions.Read<T>(File.ReadAllText(file));
        }
        catch (JsonException e)
        {
            throw new CompressionException($"'{file}' is damaged: {e.Message}", e);
        }
    }

    private string FileOf(int number) => PathOf(string.Create(CultureInfo.InvariantCulture, $"block-{number:000}.safetensors"));
}

/// <summary>What a calibration depends on.</summary>
/// <param name="Model">The name of the class.</param>
/// <param name="Options">The options, without the steps, which may be of other assemblies.</param>
/// <param name="Steps">The steps as text.</param>
/// <param name="Layers">The layers with their schemes.</param>
/// <param name="Data">A hash of the calibration data.</param>
/// <param name="Weights">A hash of all parameters and buffers, in float.</param>
internal sealed record CalibrationRun(string Model, string Options, string Steps, string Layers, string Data, string Weights)
{
    public static CalibrationRun Of(string model, PostTrainingOptions options, LayerPlan plan, IEnumerable<IReadOnlyDictionary<string, Tensor>> data, IEnumerable<Tensor> weights) => new(
        model, (options with { Steps = [] }).ToJson(), string.Join("; ", options.Steps.Select(s => s.ToString())),
        string.Join("; ", plan.Layers.Select(l => $"{l.Name} {l.Scheme}")), CalibrationFolder.Hash(data), CalibrationFolder.Hash(weights));
}
