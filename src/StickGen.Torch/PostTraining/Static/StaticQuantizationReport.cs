using System.Globalization;
using System.Text;
using StickGen.Quantization;

namespace StickGen.PostTraining;

/// <summary>What became of a layer that <see cref="StaticQuantization"/> calibrated by itself.</summary>
/// <param name="Name">The unit.</param>
/// <param name="Weights">How its weight is quantized.</param>
/// <param name="NearestError">
/// The mean squared error of what the layer computes, activation included, from what the quantized network gives to it, with weights rounded to nearest; divided by the mean square of what the float network has there.
/// </param>
/// <param name="RelativeError">The same with the weights and the bias that it has now.</param>
public sealed record StaticLayerReport(string Name, QuantizationScheme Weights, double NearestError, double RelativeError);

/// <summary>What <see cref="StaticQuantization"/> did: plain data, and a text table.</summary>
/// <param name="Method">Method and bits, such as <c>AdaRound W4A8</c>.</param>
/// <param name="Layers">The layers in the order of evaluation, where they were calibrated one after the other; otherwise none.</param>
/// <param name="OutputError">The mean squared error of the network's results on the calibration data, divided by the mean square of what the float network computes, in which
/// <see cref="StaticQuantizationOptions.ReplaceRelu6"/> counts already.</param>
/// <param name="Equalized">Pairs of layers between which channels were scaled.</param>
/// <param name="Notes">What could not be done, and why.</param>
public sealed record StaticQuantizationReport(
    string Method, IReadOnlyList<StaticLayerReport> Layers, double OutputError, IReadOnlyList<EqualizedPair> Equalized, IReadOnlyList<string> Notes)
{
    /// <summary>The report as a text table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var width = Layers.Select(l => l.Name.Length).DefaultIfEmpty().Max();
        text.AppendLine(Line($"{Method}: relative error of the results {OutputError:E3}"));
        foreach (var layer in Layers)
            text.AppendLine(Line($"{layer.Name.PadRight(width)}  {layer.Weights,-26}  relative error {layer.RelativeError:E3}, rounded to nearest {layer.NearestError:E3}"));
        foreach (var pair in Equalized)
            text.AppendLine(Line($"{pair.First} → {pair.Second}: equalized, scales {pair.Smallest:G3} … {pair.Largest:G3}"));
        foreach (var note in Notes)
            text.AppendLine(note);
        return text.ToString();
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Two layers between which channels were scaled: what the first computes was divided, what the second makes of it multiplied.</summary>
/// <param name="First">The unit that computes the channels.</param>
/// <param name="Second">The unit that reads them.</param>
/// <param name="Smallest">The smallest scale of a channel.</param>
/// <param name="Largest">The largest.</param>
public sealed record EqualizedPair(string First, string Second, double Smallest, double Largest);

/// <summary>How far a calibration has come.</summary>
/// <param name="Done">Layers that are done.</param>
/// <param name="Layers">All layers.</param>
/// <param name="Layer">What came of the last one.</param>
public sealed record StaticQuantizationProgress(int Done, int Layers, StaticLayerReport Layer);
