using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>Where a calibration keeps what is done: a file for the run, and one for each block, each of which appears complete or not at all.</summary>
internal sealed class CalibrationFolder(string path)
{
    /// <summary>Begins a run, or goes on with it.</summary>
    /// <returns>How many blocks are done; the variant has them.</returns>
    /// <exception cref="CompressionException">The folder has another run, or a file is damaged.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public int Restore(CalibrationRun run, IFakeQuantized variant, LayerPlan plan)
    {
        var file = Path.Combine(path, "calibration.json");
        if (!File.Exists(file))
        {
            WholeFile.Write(file, AlgorithmOptions.Write(run));
            return 0;
        }

        if (Read(file) != run)
            throw new CompressionException($"'{path}' has the calibration of another model, with other options or with other data. Give another folder, or delete this one.");
        var done = 0;
        for (; done < plan.Blocks.Count && File.Exists(FileOf(done)); done++)
            plan.Reports.AddRange(LayerFile.Read(FileOf(done), variant, [plan.Blocks[done]]));
        return done;
    }

    public void Write(int number, IFakeQuantized variant, BlockPlan block, BlockReport report) => LayerFile.Write(FileOf(number), variant, [block], [report]);

    private static CalibrationRun Read(string file)
    {
        try
        {
            return AlgorithmOptions.Read<CalibrationRun>(File.ReadAllText(file));
        }
        catch (JsonException e)
        {
            throw new CompressionException($"'{file}' is damaged: {e.Message}", e);
        }
    }

    private string FileOf(int number) => Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"block-{number:000}.safetensors"));
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
        string.Join("; ", plan.Layers.Select(l => $"{l.Name} {l.Scheme}")), Hash(data.SelectMany(b => b.OrderBy(i => i.Key, StringComparer.Ordinal)).Select(i => i.Value)), Hash(weights));

    private static string Hash(IEnumerable<Tensor> tensors)
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
}
