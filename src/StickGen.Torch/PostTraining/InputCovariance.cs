using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>
/// The mean of <c>x xᵀ</c> over the inputs x that a linear layer has seen: half the Hessian of its squared output error, and all that GPTQ has to know of the data. Its size is the
/// square of the number of inputs, whatever the number of tokens.
/// </summary>
public sealed class InputCovariance : IDisposable
{
    private readonly Tensor sum;

    /// <param name="columns">Inputs of the layer, at least 1.</param>
    public InputCovariance(int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Columns = columns;
        sum = zeros(columns, columns, float64).DetachFromDisposeScope();
    }

    /// <summary>Runs a block to see what a layer of it reads.</summary>
    internal static InputCovariance Of(QuantizationBlock block, BlockLayer layer)
    {
        var covariance = new InputCovariance(layer.Inputs);
        block.Observe([layer], (_, input) => covariance.Add(input));
        return covariance;
    }

    /// <summary>Inputs of the layer.</summary>
    public int Columns { get; }

    /// <summary>How many tokens were seen.</summary>
    public long Tokens { get; private set; }

    /// <summary>Adds the tokens of a batch.</summary>
    /// <param name="input">[…, columns], finite.</param>
    /// <exception cref="CompressionException">The last dimension is another one, or a value is not finite.</exception>
    public void Add(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() == 0 || input.shape[^1] != Columns)
            throw new CompressionException($"An input has the shape [{string.Join(", ", input.shape)}]; the layer has {Columns} inputs.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var tokens = input.detach().reshape(-1, Columns).to_type(ScalarType.Float64).cpu();
        if (!tokens.isfinite().all().item<bool>())
            throw new CompressionException("An input has values that are not finite; calibrate with data on which the network computes finite values.");
        sum.add_(tokens.t().matmul(tokens));
        Tokens += tokens.shape[0];
    }

    /// <summary>The mean, [columns, columns] in float64.</summary>
    /// <exception cref="CompressionException">No token was seen.</exception>
    public Tensor Mean() => Tokens > 0 ? sum / Tokens : throw new CompressionException("No input was seen; calibrate with at least one token.");

    /// <inheritdoc/>
    public void Dispose() => sum.Dispose();
}
