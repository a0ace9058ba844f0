using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Quantization;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>
/// The place in a model that a unit is made for: its name, the operations it stands for, and what the algorithm that is
/// being applied gives to it.
/// </summary>
public sealed class Site
{
    private readonly List<FakeQuantizer> weightQuantizers = [];

    internal Site(string name, IReadOnlyList<GraphNode> nodes, bool keepFloat, CompressionAlgorithm algorithm, FakeQuantization state)
    {
        (Name, Nodes, KeepFloat, Algorithm, State) = (name, nodes, keepFloat, algorithm, state);
    }

    /// <summary>The unit's name, unique in the model: dots between modules and the name that the emitted code uses.</summary>
    public string Name { get; }

    /// <summary>The nodes of the float graph that the unit computes, in order.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>Whether the user asked to keep one of its modules in float.</summary>
    public bool KeepFloat { get; }

    /// <summary>
    /// Bits that the user asked for its weights, in <see cref="CompressionAlgorithm.Layers"/> or by <see cref="BitsAttribute"/>; <see langword="null"/> for the algorithm's own choice.
    /// </summary>
    public int? WeightBits { get; internal set; }

    /// <summary>Bits that the user asked for its result; <see langword="null"/> for the algorithm's own choice.</summary>
    public int? ActivationBits { get; internal set; }

    /// <summary>How batch normalization is simulated.</summary>
    public BatchNormOptions BatchNorm => Algorithm.BatchNorm;

    /// <summary>The variant that the unit is part of.</summary>
    public FakeQuantization State { get; }

    internal CompressionAlgorithm Algorithm { get; }

    /// <summary>Makes the site of some of the nodes.</summary>
    internal Func<Range, Site>? Split { get; init; }

    /// <summary>
    /// The place of some of the nodes, for a replacement that is several units run one after another: together they cover all nodes, in order,
    /// and each reads what is outside of its part.
    /// </summary>
    /// <param name="nodes">Which of <see cref="Nodes"/>.</param>
    /// <exception cref="CompressionException">The site is not one that a rule is applied to.</exception>
    public Site Part(Range nodes) => Split is { } split ? split(nodes) : throw new CompressionException($"'{Name}' cannot be divided.");

    /// <summary>
    /// The unit that a node would have if no rule were applied to it; for a replacement that leaves a part of the pattern as it is.
    /// </summary>
    /// <param name="node">The index in <see cref="Nodes"/>, from the end as <c>^1</c>.</param>
    /// <exception cref="CompressionException">The site is not one that a rule is applied to, or the node has no unit.</exception>
    public Unit DefaultUnit(Index node)
    {
        var start = node.GetOffset(Nodes.Count);
        return Default is { } make ? make(Part(start..(start + 1)), start) : throw new CompressionException($"'{Name}' cannot be divided.");
    }

    /// <summary>Makes the unit of the node with a number.</summary>
    internal Func<Site, int, Unit>? Default { get; init; }

    internal IReadOnlyList<FakeQuantizer> WeightQuantizers => weightQuantizers;

    /// <summary>
    /// A quantizer for a weight of the unit, registered in the variant under the unit's name and <paramref name="name"/>.
    /// </summary>
    /// <param name="weight">The weight; dimension 0 are the output channels.</param>
    /// <param name="name">A name, unique in the unit.</param>
    /// <returns>The quantizer, or <see langword="null"/> where the unit stays in float.</returns>
    public FakeQuantizer? CreateWeightQuantizer(Tensor weight, string name = "weight")
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (KeepFloat || Algorithm.CreateWeightQuantizer(this, weight) is not { } quantizer)
            return null;
        quantizer.Target = $"{Name}.{name}";
        State.Register(Name, name, quantizer);
        weightQuantizers.Add(quantizer);
        return quantizer;
    }
}
