namespace TinyLlm.Models;

/// <summary>The sizes of a GPT-like decoder.</summary>
public sealed record GptConfig
{
    public required int VocabSize { get; init; }

    /// <summary>The width of what goes from block to block.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The width inside of the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    public required int NumHiddenLayers { get; init; }

    public required int NumAttentionHeads { get; init; }

    /// <summary>The longest context: each position has a vector that is learned.</summary>
    public required int MaxPositionEmbeddings { get; init; }
}
