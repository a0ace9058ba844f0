namespace TinyLlm.Models;

/// <summary>The sizes of a Llama-like decoder, by the names that its <c>config.json</c> has in the Hugging Face format.</summary>
public sealed record LlamaConfig
{
    public required int VocabSize { get; init; }

    /// <summary>The width of what goes from block to block.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The width inside of the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    public required int NumHiddenLayers { get; init; }

    public required int NumAttentionHeads { get; init; }

    /// <summary>Heads of keys and values, each for as many heads of queries.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>The width of a head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>The longest context.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    public double RmsNormEps { get; init; } = 1e-5;

    public double RopeTheta { get; init; } = 10000;
}
