using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TinyLlm.Models;

/// <summary>A decoder as in Llama (Touvron et al. 2023). Tokens [batch, tokens] in int64, logits [batch, tokens, vocabulary].</summary>
[Compressible(Emit = Variants.FakeQuantized | Variants.Quantized), InputShape("batch", "tokens")]
public sealed partial class Llama : Module<Tensor, Tensor>, ITokenDecoder
{
    private readonly LlamaConfig config;
    private readonly Embedding embedding;
    private readonly ModuleList<LlamaBlock> blocks;
    private readonly RmsNorm norm;
    [KeepFloat] private readonly Linear head;

    /// <param name="config">Sizes.</param>
    /// <param name="linear">Makes the linear layers of the blocks.</param>
    public Llama(LlamaConfig config, LinearLayer linear)
        : base(nameof(Llama))
    {
        this.config = config;
        embedding = Embedding(config.VocabSize, config.HiddenSize);
        blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new LlamaBlock(config, linear.In($"{nameof(blocks)}.{i}")))];
        norm = new(config.HiddenSize, config.RmsNormEps);
        head = Linear(config.HiddenSize, config.VocabSize, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        var x = embedding.forward(tokens);
        foreach (var block in blocks)
            x = block.forward(x);
        return head.forward(norm.forward(x));
    }

    /// <inheritdoc/>
    public AttentionCache NewCache(CacheFormat? format = null) =>
        new(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, config.MaxPositionEmbeddings, format);

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
        var x = embedding.forward(tokens);
        for (var i = 0; i < config.NumHiddenLayers; i++)
            x = blocks[i].Step(x, i, cache);
        cache.Advance(tokens.shape[1]);
        return x;
    }
}
