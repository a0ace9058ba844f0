using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>A decoder as in GPT-2 (Radford et al. 2019), with learned positions. Tokens [batch, tokens] in int64, logits [batch, tokens, vocabulary].</summary>
[Compressible(Emit = Variants.FakeQuantized | Variants.Quantized), InputShape("batch", "tokens")]
public sealed partial class Gpt : Module<Tensor, Tensor>, ITokenDecoder
{
    private readonly GptConfig config;
    private readonly Embedding embedding;
    private readonly Parameter positions;
    private readonly ModuleList<GptBlock> blocks;
    private readonly LayerNorm norm;
    [KeepFloat] private readonly Linear head;

    /// <param name="config">Sizes.</param>
    /// <param name="linear">Makes the linear layers of the blocks.</param>
    public Gpt(GptConfig config, LinearLayer linear)
        : base(nameof(Gpt))
    {
        this.config = config;
        embedding = Embedding(config.VocabSize, config.HiddenSize);
        positions = Parameter(zeros(config.MaxPositionEmbeddings, config.HiddenSize));
        blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new GptBlock(config, linear.In($"{nameof(blocks)}.{i}")))];
        norm = LayerNorm(config.HiddenSize);
        head = Linear(config.HiddenSize, config.VocabSize, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        var x = embedding.forward(tokens) + positions.narrow(0, 0, tokens.shape[1]);
        foreach (var block in blocks)
            x = block.forward(x);
        return head.forward(norm.forward(x));
    }

    /// <inheritdoc/>
    public AttentionCache NewCache(CacheFormat? format = null) =>
        new(config.NumHiddenLayers, config.NumAttentionHeads, config.HiddenSize / config.NumAttentionHeads, config.MaxPositionEmbeddings, format);

    /// <inheritdoc/>
    public Tensor Step(Tensor tokens, AttentionCache cache)
    {
        using var scope = NewDisposeScope();
        return head.forward(norm.forward(RunBlocks(tokens, cache).select(1, -1))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Read(Tensor tokens, AttentionCache cache)
    {
        using var scope = NewDisposeScope();
        return head.forward(norm.forward(RunBlocks(tokens, cache))).MoveToOuterDisposeScope();
    }

    private Tensor RunBlocks(Tensor tokens, AttentionCache cache)
    {
        var x = embedding.forward(tokens) + positions.narrow(0, cache.Count, tokens.shape[1]);
        for (var i = 0; i < config.NumHiddenLayers; i++)
            x = blocks[i].Step(x, i, cache);
        cache.Advance(tokens.shape[1]);
        return x;
    }
}
