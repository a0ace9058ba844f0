using System.Globalization;
using System.Text;
using StickGen.PostTraining;
using StickGen.Quantization;
using StickGen.Units;

namespace StickGen.Compression;

/// <summary>What became of each layer of a model: plain data, and a text table.</summary>
public sealed class CompressionSummary
{
    private CompressionSummary(string model, string algorithm, IReadOnlyList<LayerSummary> layers, IReadOnlyList<string> notes) =>
        (Model, Algorithm, Layers, Notes) = (model, algorithm, layers, notes);

    /// <summary>The name of the model's class.</summary>
    public string Model { get; }

    /// <summary>The name of the algorithm.</summary>
    public string Algorithm { get; }

    /// <summary>The layers in the order of evaluation.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; }

    /// <summary>Modules that are shared with the original, and matches that could not be applied.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Weights and biases of all layers, in numbers.</summary>
    public long Parameters => Layers.Sum(l => l.Parameters);

    /// <summary>Their size in float32, in bytes.</summary>
    public long FloatBytes => Layers.Sum(l => l.FloatBytes);

    /// <summary>Their size as deployed, in bytes: weights in 1, 2, 4 or 8 bits, each output channel from a new byte on; four bytes for a bias.</summary>
    public long QuantizedBytes => Layers.Sum(l => l.QuantizedBytes);

    /// <summary>The summary as a text table.</summary>
    public override string ToString()
    {
        string[] header = ["Layer", "Rule", "Weights", "Activations", "Range", "Parameters", "Bytes"];
        var rows = Layers.Select(l => new[]
        {
            l.Name, l.Rule, l.Groups?.ToString() ?? l.WeightScheme?.ToString() ?? "float", l.ActivationScheme?.ToString() ?? "float", l.RangeText,
            Number(l.Parameters), Number(l.QuantizedBytes),
        }).Append(["total", "", "", "", "", Number(Parameters), $"{Number(QuantizedBytes)} of {Number(FloatBytes)}"]).ToList();
        var widths = header.Select((h, i) => rows.Max(r => Math.Max(h.Length, r[i].Length))).ToArray();

        var text = new StringBuilder($"{Model}, {Algorithm}").AppendLine();
        foreach (var row in rows.Prepend(header))
            text.AppendLine(string.Join("  ", row.Select((cell, i) => i < 5 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        foreach (var note in Notes)
            text.AppendLine(note);
        return text.ToString();
    }

    internal static CompressionSummary Of(FakeQuantization state)
    {
        var notes = state.BorrowedModules
            .Select(b => $"{b.Path}: {b.Module.GetType().Name} cannot be rebuilt; it is shared with the original and not trained")
            .Concat(state.Units.SelectMany(u => u.Inputs.Where(i => i.Source is not null), (u, i) => $"{u.Name}: rounds what it reads to {i.Quantizer!.Scheme}"))
            .Concat(state.Matches.Entries.Where(m => !m.IsApplied).Select(m => m.ToString()));
        return new(state.Graph.Name, state.Algorithm.Name, [.. state.Units.Select(LayerSummary.Of)], [.. notes]);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>What became of one unit.</summary>
/// <param name="Name">The unit's name.</param>
/// <param name="Rule">The rule that made it, or empty.</param>
/// <param name="WeightScheme">How its weight is quantized, or <see langword="null"/>.</param>
/// <param name="ActivationScheme">How its result is quantized, or <see langword="null"/>.</param>
/// <param name="Range">The real numbers that its result can have, or <see langword="null"/> if not known yet.</param>
/// <param name="Parameters">Its weights and biases, in numbers.</param>
/// <param name="FloatBytes">Their size in float32.</param>
/// <param name="QuantizedBytes">Their size as deployed.</param>
public sealed record LayerSummary(
    string Name, string Rule, QuantizationScheme? WeightScheme, QuantizationScheme? ActivationScheme,
    (float Low, float High)? Range, long Parameters, long FloatBytes, long QuantizedBytes)
{
    /// <summary>How its weight is quantized after training, in groups; or <see langword="null"/>.</summary>
    public GroupScheme? Groups { get; init; }

    internal string RangeText => Range is var (low, high)
        ? string.Create(CultureInfo.InvariantCulture, $"{low:G4} … {high:G4}")
        : "";

    internal static LayerSummary Of(Unit unit)
    {
        if ((unit as LinearUnit)?.Quantized is { } layer)
        {
            var sizes = ReportBuilder.Of(layer);
            return new(unit.Name, unit.Rule, null, null, null, sizes.FloatBytes / sizeof(float), sizes.FloatBytes, sizes.QuantizedBytes) { Groups = layer.Scheme };
        }

        var parameters = unit.Modules.SelectMany(m => m.parameters()).Sum(p => p.numel());
        var weight = unit as WeightedUnit;
        var scheme = unit.Placement == UnitPlacement.Float ? null : weight?.WeightQuantizer?.Scheme;
        var bytes = 4 * parameters;
        if (scheme is not null && weight!.WeightCount is var count)
        {
            // Batch normalization becomes part of the bias.
            var biases = weight.Modules.Count > 1 || parameters > count ? weight.OutputChannels : 0;
            bytes = PackedBytes(count, weight.OutputChannels, scheme.Bits) + (4 * biases);
        }

        return new(unit.Name, unit.Rule, scheme, unit.Output.Quantizer?.Scheme, RangeOf(unit.Output), parameters, 4 * parameters, bytes);
    }

    private static long PackedBytes(long weights, long channels, int bits)
    {
        var stored = bits > 4 ? 8 : bits > 2 ? 4 : bits;
        return channels * (((weights / channels * stored) + 7) / 8);
    }

    private static (float, float)? RangeOf(Slot slot)
    {
        try
        {
            return slot.Quantizer?.Parameters is { } p ? (p.Scale * (p.Low - p.ZeroPoint), p.Scale * (p.High - p.ZeroPoint)) : null;
        }
        catch (CompressionException)
        {
            return null;
        }
    }
}
