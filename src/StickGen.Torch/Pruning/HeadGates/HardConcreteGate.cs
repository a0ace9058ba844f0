using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Gates that are exactly 0 or 1 with some probability and can be learned by gradient (Louizos, Welling and Kingma 2018, "Learning sparse
/// neural networks through L0 regularization"), as they are used on attention heads (Voita et al. 2019). In training a gate is
/// clip(σ((ln u − ln(1 − u) + log α) / T)·(high − low) + low, 0, 1) with u uniform, otherwise clip(σ(log α)·(high − low) + low, 0, 1).
/// </summary>
public sealed class HardConcreteGate : nn.Module<Tensor, Tensor>
{
    private readonly HardConcreteOptions options;
    private readonly Parameter logAlpha;
    private readonly int dimension;

    /// <summary>Gates along one dimension.</summary>
    /// <param name="count">Their number, at least 1.</param>
    /// <param name="dimension">The dimension of the values that they are for; not negative.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="CompressionException">An option is not allowed.</exception>
    public HardConcreteGate(long count, int dimension = 1, HardConcreteOptions? options = null)
        : base(nameof(HardConcreteGate))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(dimension);
        this.options = options ?? new();
        this.options.Validate();
        this.dimension = dimension;
        logAlpha = nn.Parameter(full([count], this.options.InitialLogAlpha));
        register_parameter("log_alpha", logAlpha);
    }

    /// <summary>log α of each gate.</summary>
    public Parameter LogAlpha => logAlpha;

    /// <summary>The source of the random numbers; the global one by default.</summary>
    public Generator? Generator { get; set; }

    /// <summary>Σ P(gate ≠ 0) = Σ σ(log α − T·ln(−low / high)), the penalty that closes gates: a scalar.</summary>
    public Tensor Penalty() => logAlpha.sub(options.Temperature * Math.Log(-options.Low / options.High)).sigmoid().sum();

    /// <summary>The gates outside of training.</summary>
    /// <returns>[count], from 0 to 1.</returns>
    public Tensor Values()
    {
        using var scope = NewDisposeScope();
        return Stretch(logAlpha.sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>The gates that are not 0 outside of training; the most open one if all are, as a layer without heads is none.</summary>
    public IReadOnlyList<int> Open()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = Values().cpu().to_type(ScalarType.Float32).data<float>().ToArray();
        int[] open = [.. Enumerable.Range(0, values.Length).Where(i => values[i] > 0)];
        return open.Length > 0 ? open : [(int)logAlpha.argmax().item<long>()];
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        if (dimension >= x.dim() || x.shape[dimension] != logAlpha.shape[0])
            throw new CompressionException($"{logAlpha.shape[0]} gates along dimension {dimension} do not fit the shape [{string.Join(", ", x.shape)}].");
        var shape = new long[x.dim()];
        Array.Fill(shape, 1);
        shape[dimension] = logAlpha.shape[0];
        return x.mul((training ? Sample() : Values()).view(shape)).MoveToOuterDisposeScope();
    }

    private Tensor Sample()
    {
        // Away from 0 and 1, whose logarithms are not finite.
        var u = rand(logAlpha.shape, generator: Generator).to(logAlpha.device).to(logAlpha.dtype).clamp(1e-6, 1 - 1e-6);
        var noise = u.log().sub(u.neg().log1p());
        return Stretch(noise.add(logAlpha).div(options.Temperature).sigmoid());
    }

    private Tensor Stretch(Tensor s) => s.mul(options.High - options.Low).add(options.Low).clamp(0, 1);
}
