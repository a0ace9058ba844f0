using System.Globalization;
using System.Text.Json;
using StickGen.Compression;
using StickGen.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>What a calibration of <see cref="StaticQuantization"/> depends on.</summary>
/// <param name="Model">The name of the class.</param>
/// <param name="Options">The options.</param>
/// <param name="Data">A hash of the calibration data.</param>
/// <param name="Weights">A hash of the float network.</param>
internal sealed record StaticRun(string Model, string Options, string Data, string Weights);

/// <summary>What a calibration of <see cref="StaticQuantization"/> keeps in its folder: all of the variant once ranges are known, then each layer. Each file appears complete or not at all.</summary>
internal sealed class StaticFiles(CalibrationFolder folder, nn.Module variant)
{
    private const string PairsKey = "stickgen.equalized", ReportKey = "stickgen.layer";

    /// <summary>Writes the variant, equalized and with its ranges.</summary>
    public void WriteStart(IReadOnlyList<EqualizedPair> pairs)
    {
        using var scope = NewDisposeScope();
        TensorFile.Write(StartFile, new Dictionary<string, string> { [PairsKey] = AlgorithmOptions.Write(pairs) }, variant.state_dict());
    }

    /// <summary>Reads it.</summary>
    /// <returns>The pairs that were equalized; <see langword="null"/> if nothing was written yet.</returns>
    /// <exception cref="CompressionException">The file is damaged. The variant is as it was.</exception>
    public IReadOnlyList<EqualizedPair>? ReadStart()
    {
        if (!File.Exists(StartFile))
            return null;
        using var scope = NewDisposeScope();
        return Read<List<EqualizedPair>>(StartFile, PairsKey, variant.state_dict().Select(s => (s.Key, s.Value)));
    }

    /// <summary>Writes a layer that is done.</summary>
    public void Write(int number, CalibratedLayer layer, StaticLayerReport report) =>
        TensorFile.Write(FileOf(number), new Dictionary<string, string> { [ReportKey] = AlgorithmOptions.Write(report) }, layer.State().ToDictionary(s => s.Name, s => s.Value));

    /// <summary>Reads a layer.</summary>
    /// <returns>Its report; <see langword="null"/> if it is not done.</returns>
    /// <exception cref="CompressionException">The file is damaged, or of another layer. The layer is as it was.</exception>
    public StaticLayerReport? Read(int number, CalibratedLayer layer)
    {
        if (!File.Exists(FileOf(number)))
            return null;
        var report = Read<StaticLayerReport>(FileOf(number), ReportKey, layer.State());
        return report.Name == layer.Name ? report : throw Bad(FileOf(number), $"it is of the layer '{report.Name}' instead of '{layer.Name}'");
    }

    private string StartFile => folder.PathOf("start.safetensors");

    private string FileOf(int number) => folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"layer-{number:000}.safetensors"));

    /// <summary>Reads all that is there before anything is changed.</summary>
    private static T Read<T>(string path, string key, IEnumerable<(string Name, Tensor Value)> targets)
    {
        using var file = new TensorFile(path);
        using var scope = NewDisposeScope();
        var read = new List<(Tensor Target, Tensor Source)>();
        foreach (var (name, target) in targets)
        {
            var source = empty(target.shape, target.dtype);
            if (file.Difference(name, source) is { } difference)
                throw Bad(path, difference);
            file.Read(name, source);
            read.Add((target, source));
        }

        T text;
        try
        {
            text = AlgorithmOptions.Read<T>(file.Text(key) ?? "");
        }
        catch (JsonException e)
        {
            throw Bad(path, e.Message);
        }

        foreach (var (target, source) in read)
            target.copy_(source);
        return text;
    }

    private static CompressionException Bad(string path, string reason) => new($"'{path}' cannot be used: {reason}.");
}
