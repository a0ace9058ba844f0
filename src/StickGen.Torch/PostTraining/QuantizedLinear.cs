using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Quantization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// A linear layer with integer weights for networks that TorchSharp runs: for inference, on the CPU, with StickGen's kernels. It takes the place of a <see cref="Linear"/> in a field of type
/// <c>Module&lt;Tensor, Tensor&gt;</c>, in a <c>Sequential</c> or in a <c>ModuleList</c>. It has no parameters and no gradient; as many threads compute as <c>torch.get_num_threads()</c> says.
/// </summary>
public sealed class QuantizedLinear : nn.Module<Tensor, Tensor>
{
    private readonly GroupQuantizedMatrix matrix;
    private readonly float[]? bias;

    /// <summary>A layer of weights that are quantized already.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="bias">[outputs] or none; it is copied.</param>
    /// <param name="precision">Whether activations are quantized, too.</param>
    /// <exception cref="CompressionException">The bias has another length, or the precision is <see cref="ActivationPrecision.StaticInt8"/>, for which there has to be a range.</exception>
    public QuantizedLinear(GroupedWeights weights, Tensor? bias = null, ActivationPrecision precision = ActivationPrecision.Float)
        : this(weights, bias, precision, null)
    {
    }

    private QuantizedLinear(GroupedWeights weights, Tensor? bias, ActivationPrecision precision, (float Low, float High)? inputRange)
        : base(nameof(QuantizedLinear))
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (bias is not null && bias.numel() != weights.Rows)
            throw new CompressionException($"The bias has {bias.numel()} values; the layer has {weights.Rows} outputs.");
        if (precision == ActivationPrecision.StaticInt8 && inputRange is null)
            throw new CompressionException($"{ActivationPrecision.StaticInt8} needs the range of what the layer reads; use the constructor that takes one.");
        matrix = inputRange is var (low, high) ? Matrix(weights, low, high) : new(weights);
        this.bias = bias is null ? null : Read(bias);
        Precision = precision;
    }

    /// <summary>A layer that reads integers with one scale and zero point, from calibration: as <see cref="ActivationQuantization.StaticPerTensor"/> has them.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="bias">[outputs] or none; it is copied.</param>
    /// <param name="inputRange">From where to where inputs are represented; it is widened to contain 0. Others are clamped, and NaN is 0.</param>
    /// <exception cref="CompressionException">The bias has another length, the range is not one of finite numbers in order, or sums of so many inputs would not fit 32 bits.</exception>
    public QuantizedLinear(GroupedWeights weights, Tensor? bias, (float Low, float High) inputRange)
        : this(weights, bias, ActivationPrecision.StaticInt8, inputRange)
    {
    }

    /// <summary>A layer whose weights are rounded to nearest.</summary>
    /// <param name="linear">The layer to compress, which is left as it is.</param>
    /// <param name="scheme">Bits, group size, symmetry.</param>
    /// <param name="precision">Whether activations are quantized, too.</param>
    /// <exception cref="ArgumentException">The group size does not divide the inputs, or a weight is not finite.</exception>
    public QuantizedLinear(Linear linear, GroupScheme scheme, ActivationPrecision precision = ActivationPrecision.Float)
        : this(RoundToNearest(linear, scheme), linear.bias, precision)
    {
    }

    /// <summary>Whether activations are quantized, too.</summary>
    public ActivationPrecision Precision { get; }

    /// <summary>Bits, group size, symmetry.</summary>
    public GroupScheme Scheme => matrix.Scheme;

    /// <summary>The memory of weights and bias, in bytes.</summary>
    public long Bytes => matrix.Bytes + (sizeof(float) * (bias?.LongLength ?? 0));

    /// <summary>The layer's outputs.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs], in float32, on the CPU.</returns>
    /// <exception cref="ArgumentException">The last dimension is another one.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() == 0 || input.shape[^1] != matrix.Columns)
            throw new ArgumentException($"The input has the shape [{string.Join(", ", input.shape)}]; the layer has {matrix.Columns} inputs.", nameof(input));
        using var scope = NewDisposeScope();
        var source = input.detach().to_type(ScalarType.Float32).cpu().contiguous();
        var result = empty([.. input.shape[..^1], matrix.Rows]);
        var outputs = Rows.Elements(result);
        matrix.Multiply(Rows.Elements(source), outputs, Precision, get_num_threads());
        if (bias is not null)
            AddBias(outputs, bias);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Scale and zero point of integers that a layer reads, of a range from calibration.</summary>
    internal static (float Scale, int ZeroPoint) InputParameters(float low, float high) => AffineQuantization.ChooseParameters(low, high, QuantizationScheme.Activations8);

    private static GroupQuantizedMatrix Matrix(GroupedWeights weights, float low, float high)
    {
        try
        {
            var (scale, zeroPoint) = InputParameters(low, high);
            return new(weights, scale, zeroPoint);
        }
        catch (ArgumentException e)
        {
            throw new CompressionException($"A layer of {weights.Rows} × {weights.Columns} weights cannot read integers: {e.Message}", e);
        }
    }

    private static void AddBias(Span<float> outputs, float[] bias)
    {
        for (; outputs.Length > 0; outputs = outputs[bias.Length..])
        {
            for (var i = 0; i < bias.Length; i++)
                outputs[i] += bias[i];
        }
    }

    private static float[] Read(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    private static GroupedWeights RoundToNearest(Linear linear, GroupScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(linear);
        var shape = linear.weight.shape;
        return GroupedWeights.RoundToNearest(scheme, checked((int)shape[0]), checked((int)shape[1]), Read(linear.weight));
    }
}
