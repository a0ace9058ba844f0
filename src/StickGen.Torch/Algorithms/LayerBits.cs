using System.Linq.Expressions;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Bits of one layer, or of all inside of one module, that differ from those of the rest.</summary>
public sealed record LayerBits
{
    /// <summary>Bits of a layer.</summary>
    /// <param name="layer">
    /// The path of a module, as in the state dictionary: <c>conv1</c>, <c>stage.conv</c>; of a module with layers inside, for all of them. Or the name of a unit, as in the
    /// summary: <c>add_relu</c>; or of an input of the model.
    /// </param>
    /// <param name="weights">Bits of the weights, 1 to 8; <see langword="null"/> for those of the rest.</param>
    /// <param name="activations">Bits of the result, 1 to 8; <see langword="null"/> for those of the rest.</param>
    /// <exception cref="CompressionException">The path is empty, a number is out of range, or both are missing.</exception>
    [JsonConstructor]
    public LayerBits(string layer, int? weights = null, int? activations = null)
    {
        AlgorithmOptions.Require(!string.IsNullOrWhiteSpace(layer), nameof(Layer), $"'{layer}'", "the path of a module");
        AlgorithmOptions.Require(weights is null or (>= 1 and <= 8), $"{nameof(Weights)} of '{layer}'", weights, "1 to 8");
        AlgorithmOptions.Require(activations is null or (>= 1 and <= 8), $"{nameof(Activations)} of '{layer}'", activations, "1 to 8");
        AlgorithmOptions.Require((weights ?? activations) is not null, $"{nameof(Weights)} and {nameof(Activations)} of '{layer}'", "null", "a number for one of them");
        (Layer, Weights, Activations) = (layer, weights, activations);
    }

    /// <summary>The path.</summary>
    public string Layer { get; }

    /// <summary>Bits of the weights, or <see langword="null"/>.</summary>
    public int? Weights { get; init; }

    /// <summary>Bits of the result, or <see langword="null"/>.</summary>
    public int? Activations { get; init; }

    /// <summary>Bits of a layer that is named by a symbol, which the compiler checks and an editor renames: <c>LayerBits.Of((Net n) => n.stage.conv, weights: 4)</c>.</summary>
    /// <param name="layer">Fields and properties, one after the other, from the model to the module.</param>
    /// <param name="weights">Bits of the weights.</param>
    /// <param name="activations">Bits of the result.</param>
    /// <exception cref="CompressionException">The expression is another one, or a number is out of range.</exception>
    public static LayerBits Of<TModel>(Expression<Func<TModel, nn.Module?>> layer, int? weights = null, int? activations = null)
        where TModel : nn.Module =>
        new(SymbolPath.Of(layer), weights, activations);

    /// <summary>What <c>[Bits]</c> asks for, or <see langword="null"/> for nothing.</summary>
    internal static LayerBits? OfAttribute(string path, (int Weights, int Activations) bits) =>
        bits == default ? null : new(path, bits.Weights == 0 ? null : bits.Weights, bits.Activations == 0 ? null : bits.Activations);

    /// <summary>Whether a name is the layer, or inside of it.</summary>
    internal bool Covers(string name) =>
        name.StartsWith(Layer, StringComparison.Ordinal) && (name.Length == Layer.Length || name[Layer.Length] == '.');
}
