using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>A decoder as in Llama (Touvron et al. 2023). Tokens [batch, tokens] in int64, logits [batch, tokens, vocabulary].</summary>
[Compressible(Emit = Variants.FakeQuantized)]
public sealed partial class Llama : Module<Tensor, Tensor>
{
    private readonly Embedding embedding;
    private readonly ModuleList<LlamaBlock> blocks;
    private readonly RmsNorm norm;
    [KeepFloat] private readonly Linear head;

    public Llama(LlamaConfig config, LinearLayer linear)
        : base(nameof(Llama))
    {
        embedding = Embedding(config.VocabSize, config.HiddenSize);
        blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => new LlamaBlock(config, linear))];
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
}
