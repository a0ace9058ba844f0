using System.Linq.Expressions;
using System.Text.Json.Serialization;
using StickGen.Compression;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>How one layer, or all inside of one module, are quantized otherwise than the rest. Of several that cover a layer, one for a module inside of another one's goes before it.</summary>
public sealed record LayerPolicy
{
    /// <summary>A policy.</summary>
    /// <param name="layer">The path of a module, as in the state dictionary.</param>
    /// <param name="model">The name of the compressible class that the path begins in, for each instance of it; <see langword="null"/> for the model itself.</param>
    /// <exception cref="CompressionException">The path is empty.</exception>
    [JsonConstructor]
    public LayerPolicy(string layer, string? model = null)
    {
        AlgorithmOptions.Require(!string.IsNullOrWhiteSpace(layer), nameof(Layer), $"'{layer}'", "the path of a module");
        (Layer, Model) = (layer, model);
    }

    /// <summary>The path.</summary>
    public string Layer { get; }

    /// <summary>The class that the path begins in.</summary>
    public string? Model { get; }

    /// <summary>Whether it stays in float, as with <see cref="KeepFloatAttribute"/>.</summary>
    public bool KeepFloat { get; init; }

    /// <summary>Bits of the weights: 2, 3, 4, 8; <see langword="null"/> for those of the rest.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs of a group, 0 for all; <see langword="null"/> for that of the rest.</summary>
    public int? GroupSize { get; init; }

    /// <summary>
    /// A policy for a layer that is named by a symbol, which the compiler checks and an editor renames: <c>LayerPolicy.Of((Decoder d) =&gt; d.head) with { KeepFloat = true }</c>;
    /// of the class of a block, for that layer of each block: <c>LayerPolicy.Of((DecoderLayer l) =&gt; l.down) with { Bits = 8 }</c>.
    /// </summary>
    /// <param name="layer">Fields and properties, one after the other, from the class to the module.</param>
    /// <exception cref="CompressionException">The expression is another one.</exception>
    public static LayerPolicy Of<TModel>(Expression<Func<TModel, nn.Module?>> layer)
        where TModel : nn.Module => new(SymbolPath.Of(layer), typeof(TModel).Name);

    /// <exception cref="CompressionException">A value is out of range, or two contradict each other.</exception>
    internal void Validate()
    {
        AlgorithmOptions.Require(Bits is null or 2 or 3 or 4 or 8, $"{nameof(Bits)} of '{Layer}'", Bits, "2, 3, 4, 8");
        AlgorithmOptions.Require(GroupSize is null or >= 0, $"{nameof(GroupSize)} of '{Layer}'", GroupSize, "0 or more");
        if (!KeepFloat && Bits is null && GroupSize is null)
            throw new CompressionException($"The policy of '{Layer}' says nothing; it has {nameof(KeepFloat)}, {nameof(Bits)} or {nameof(GroupSize)}.");
        if (KeepFloat && (Bits ?? GroupSize) is not null)
            throw new CompressionException($"The policy of '{Layer}' keeps it in float and has {nameof(Bits)} or {nameof(GroupSize)}; one of both is expected.");
    }

    /// <summary>The scheme of a layer that the policy covers.</summary>
    internal GroupScheme Of(GroupScheme scheme) => scheme with { Bits = Bits ?? scheme.Bits, GroupSize = GroupSize ?? scheme.GroupSize };
}
