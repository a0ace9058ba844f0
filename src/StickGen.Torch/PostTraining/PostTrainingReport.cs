using System.Globalization;
using System.Text;
using StickGen.Quantization;

namespace StickGen.PostTraining;

/// <summary>What came of a block.</summary>
/// <param name="Name">The path of the module, or the name of the model.</param>
/// <param name="MeanSquaredError">The mean of the squared differences between what the quantized block computes, and what its float weights compute from the same inputs.</param>
/// <param name="RelativeError">The same, divided by the mean square of what the float weights compute.</param>
public sealed record BlockReport(string Name, double MeanSquaredError, double RelativeError);

/// <summary>What became of a linear layer.</summary>
/// <param name="Name">The path of the module.</param>
/// <param name="Scheme">Its weights, or <see langword="null"/> where it is kept in float.</param>
/// <param name="FloatBytes">Weight and bias in float32.</param>
/// <param name="QuantizedBytes">Packed integers, scales, zero points and bias.</param>
public sealed record LayerReport(string Name, GroupScheme? Scheme, long FloatBytes, long QuantizedBytes);

/// <summary>What became of the keys and values of an attention.</summary>
/// <param name="Name">The name of its product, or of its softmax where it is written out.</param>
/// <param name="Precision">How they are quantized.</param>
/// <param name="FloatBytes">What a cache has of one token in float32; 0 where the size of heads is not known.</param>
/// <param name="QuantizedBytes">The same with integers and the scales of the token.</param>
public sealed record AttentionReport(string Name, KeyValuePrecision Precision, long FloatBytes, long QuantizedBytes);

/// <summary>What post-training quantization did: plain data, and a text table.</summary>
/// <param name="Method">Method and bits, such as <c>GPTQ W4A16 g64</c>.</param>
/// <param name="Blocks">The blocks in the order of the model.</param>
/// <param name="Layers">The linear layers: those that are quantized, then those kept in float.</param>
/// <param name="FloatBytes">All parameters of the model in float32, in bytes.</param>
/// <param name="QuantizedBytes">The same with integers where layers are quantized.</param>
/// <param name="Notes">What could not be done, and why.</param>
public sealed record PostTrainingReport(
    string Method, IReadOnlyList<BlockReport> Blocks, IReadOnlyList<LayerReport> Layers, long FloatBytes, long QuantizedBytes, IReadOnlyList<string> Notes)
{
    /// <summary>The attentions whose keys and values are quantized.</summary>
    public IReadOnlyList<AttentionReport> Attentions { get; init; } = [];

    /// <summary>The mean of the blocks' errors.</summary>
    public double MeanSquaredError => Blocks.Count == 0 ? 0 : Blocks.Average(b => b.MeanSquaredError);

    /// <summary>The report as a text table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var width = Blocks.Select(b => b.Name.Length).Concat(Layers.Select(l => l.Name.Length)).Concat(Attentions.Select(a => a.Name.Length)).DefaultIfEmpty().Max();
        text.AppendLine(Line($"{Method}: {QuantizedBytes:N0} of {FloatBytes:N0} bytes"));
        foreach (var block in Blocks)
            text.AppendLine(Line($"{block.Name.PadRight(width)}  MSE {block.MeanSquaredError:E3}  relative {block.RelativeError:E3}"));
        foreach (var layer in Layers)
            text.AppendLine(Line($"{layer.Name.PadRight(width)}  {layer.Scheme?.ToString() ?? "float",-22}  {layer.QuantizedBytes,12:N0} of {layer.FloatBytes:N0} bytes"));
        foreach (var attention in Attentions)
            text.AppendLine(Line($"{attention.Name.PadRight(width)}  {attention.Precision,-22}  {attention.QuantizedBytes,12:N0} of {attention.FloatBytes:N0} bytes for each token"));
        foreach (var note in Notes)
            text.AppendLine(note);
        return text.ToString();
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How far a calibration has come.</summary>
/// <param name="Done">Blocks that are done.</param>
/// <param name="Blocks">All blocks.</param>
/// <param name="Block">What came of the last one.</param>
public sealed record PostTrainingProgress(int Done, int Blocks, BlockReport Block);
