using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>What <see cref="SmallDecoder"/> computes, written once more over a dictionary of weights, which tests change as they like.</summary>
internal sealed class SlowDecoder
{
    private const int Heads = (int)SmallDecoderLayer.Heads, Size = (int)SmallDecoderLayer.Size;
    private readonly Tensor cosines, sines;

    public SlowDecoder(SmallDecoder model)
    {
        Weights = model.state_dict().ToDictionary(s => s.Key, s => s.Value.detach().clone(), StringComparer.Ordinal);
        (cosines, sines) = (Weights["cosines"], Weights["sines"]);
    }

    public Dictionary<string, Tensor> Weights { get; }

    /// <summary>What is done with what a linear layer reads, by its name.</summary>
    public Func<string, Tensor, Tensor> Read { get; set; } = (_, x) => x;

    /// <summary>What is done with what attention would keep, by its name: keys with their positions, and values, [batch, heads, tokens, size].</summary>
    public Func<string, Tensor, Tensor> Cache { get; set; } = (_, x) => x;

    /// <summary>Keeps each token that a linear layer reads from now on.</summary>
    public List<float[]> Collect(string layer)
    {
        var seen = new List<float[]>();
        Read = (name, x) =>
        {
            if (name == layer)
                seen.AddRange(x.ToArray().Chunk((int)x.shape[^1]));
            return x;
        };
        return seen;
    }

    public Tensor Embed(Tensor ids) => Weights["tokens.weight"].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], -1);

    public Tensor Layer(int number, Tensor x)
    {
        var name = $"layers.{number}";
        var y = Normalize($"{name}.norm1", x);
        var (q, k, v) = (Rotate(Split(Linear($"{name}.query", y))), Rotate(Split(Linear($"{name}.key", y))), Split(Linear($"{name}.value", y)));
        (k, v) = (Cache($"{name}.keys", k), Cache($"{name}.values", v));
        (k, v) = (k.repeat_interleave(2, 1), v.repeat_interleave(2, 1));
        var attended = nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true);
        x += Linear($"{name}.output", attended.transpose(1, 2).contiguous().view(x.shape[0], x.shape[1], -1));
        y = Normalize($"{name}.norm2", x);
        return x + Linear($"{name}.down", nn.functional.silu(Linear($"{name}.gate", y)) * Linear($"{name}.up", y));
    }

    public Tensor Head(Tensor x) => Linear("head", Normalize("norm", x));

    public Tensor Forward(Tensor ids, int depth)
    {
        var x = Embed(ids);
        for (var i = 0; i < depth; i++)
            x = Layer(i, x);
        return Head(x);
    }

    private Tensor Normalize(string name, Tensor x) => x * rsqrt(x.pow(2).mean([-1], keepdim: true) + 1e-5) * Weights[$"{name}.weight"];

    private Tensor Linear(string name, Tensor x) => nn.functional.linear(Read(name, x), Weights[$"{name}.weight"], Weights.GetValueOrDefault($"{name}.bias"));

    private static Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], -1, Size).transpose(1, 2);

    private Tensor Rotate(Tensor x)
    {
        var halves = x.chunk(2, -1);
        return x * cosines + cat([-halves[1], halves[0]], -1) * sines;
    }
}
