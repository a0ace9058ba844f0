using StickGen.Deployment;
using StickGen.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// An integer model as a TorchSharp module of one input and one result, so that metrics and evaluation loops run on it. It
/// computes on the CPU with StickGen's kernels, has no parameters and no gradient.
/// </summary>
public sealed class QuantizedModule : nn.Module<Tensor, Tensor>
{
    private readonly QuantizedModel model;

    /// <summary>A module that borrows a model, which has to outlive it.</summary>
    /// <exception cref="CompressionException">The model has several inputs or results.</exception>
    public QuantizedModule(QuantizedModel model)
        : base(nameof(QuantizedModule))
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Graph is not { Inputs.Count: 1, Outputs.Count: 1 })
            throw new CompressionException($"{model.Graph.Name} has {model.Graph.Inputs.Count} inputs and {model.Graph.Outputs.Count} results; a module has one of each.");
        this.model = model;
    }

    /// <summary>Runs the model.</summary>
    /// <param name="input">Real numbers, or tokens of any type, of the shape that the model declares.</param>
    /// <returns>Real numbers.</returns>
    /// <exception cref="ArgumentException">The shape is another one, or a token is none of the vocabulary.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var declared = model.Graph.Inputs[0].Shape!;
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        if (declared.Rank != input.dim() || !declared.Zip(input.shape).All(d => Fits(d.First, d.Second, sizes)))
            throw new ArgumentException($"The input has the shape [{string.Join(", ", input.shape)}]; {declared} is expected.", nameof(input));

        var shape = model.Graph.Outputs[0].Shape!.Select(d => SizeOf(d, sizes)).ToArray();
        var result = new float[shape.Aggregate(1L, (a, b) => checked(a * b))];
        using var scope = NewDisposeScope();
        if (model.Graph.Inputs[0].Type == ElementType.Int32)
        {
            model.Run(input.detach().to_type(ScalarType.Int64).cpu().contiguous().data<long>().ToArray(), input.shape, result);
            return tensor(result, shape, device: input.device).MoveToOuterDisposeScope();
        }

        var values = input.detach().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        model.Run(values, result);
        return tensor(result, shape, device: input.device).MoveToOuterDisposeScope();
    }

    private static bool Fits(Dimension declared, long size, Dictionary<string, long> sizes)
    {
        if (declared.Symbol is not { } symbol)
            return declared.Size == size;
        return size % declared.Factor == 0 && (sizes.TryAdd(symbol, size / declared.Factor) || sizes[symbol] == size / declared.Factor);
    }

    private static long SizeOf(Dimension dimension, Dictionary<string, long> sizes) =>
        dimension.Symbol is null ? dimension.Size : dimension.Factor * sizes[dimension.Symbol];
}
