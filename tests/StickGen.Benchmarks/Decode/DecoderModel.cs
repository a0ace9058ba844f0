using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Benchmarks.Decode;

/// <summary>
/// One step of a Llama-like decoder in TorchSharp, batch 1, over a cache of earlier positions: RMSNorm, grouped-query attention, SwiGLU. Weights are random, and together more than
/// any cache holds. All contenders run this code, with other linear layers in it.
/// </summary>
internal sealed class DecoderModel : IDisposable
{
    public const int Layers = 8, Width = 1024, Heads = 16, KeyHeads = 4, HeadWidth = Width / Heads, Hidden = 2816, Positions = 128;

    private readonly Layer[] layers;
    private readonly Tensor input = randn(1, Width);

    /// <param name="create">A linear layer of some inputs and outputs.</param>
    public DecoderModel(Func<int, int, nn.Module<Tensor, Tensor>> create) => layers = [.. Enumerable.Range(0, Layers).Select(_ => new Layer(create))];

    /// <summary>The weights of all linear layers.</summary>
    public static long Weights => Layers * (long)Width * (Width + (2 * KeyHeads * HeadWidth) + Width + (3 * Hidden));

    /// <summary>Keys and values in float32.</summary>
    public const long CacheBytes = sizeof(float) * 2L * Layers * KeyHeads * Positions * HeadWidth;

    public void Step()
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var x = input;
        foreach (var layer in layers)
            x = layer.Step(x);
    }

    public void Dispose()
    {
        input.Dispose();
        foreach (var layer in layers)
            layer.Dispose();
    }

    private sealed class Layer(Func<int, int, nn.Module<Tensor, Tensor>> create) : IDisposable
    {
        private readonly nn.Module<Tensor, Tensor>
            query = create(Width, Width), key = create(Width, KeyHeads * HeadWidth), value = create(Width, KeyHeads * HeadWidth), output = create(Width, Width),
            gate = create(Width, Hidden), up = create(Width, Hidden), down = create(Hidden, Width);

        private readonly Tensor attentionNorm = ones(Width), feedForwardNorm = ones(Width);
        private readonly Tensor keys = randn(KeyHeads, Positions, HeadWidth), values = randn(KeyHeads, Positions, HeadWidth);

        public Tensor Step(Tensor x)
        {
            var h = Normalize(x, attentionNorm);
            // The new position takes the place of the last one: the cache does not grow while it is measured.
            keys[.., -1] = key.call(h).view(KeyHeads, HeadWidth);
            values[.., -1] = value.call(h).view(KeyHeads, HeadWidth);
            var q = query.call(h).view(KeyHeads, Heads / KeyHeads, HeadWidth);
            var attention = (q.matmul(keys.transpose(1, 2)) / Math.Sqrt(HeadWidth)).softmax(-1).matmul(values);
            x = x + output.call(attention.view(1, Width));
            h = Normalize(x, feedForwardNorm);
            return x + down.call(nn.functional.silu(gate.call(h)) * up.call(h));
        }

        public void Dispose()
        {
            foreach (var module in new[] { query, key, value, output, gate, up, down })
                module.Dispose();
            foreach (var tensor in new[] { attentionNorm, feedForwardNorm, keys, values })
                tensor.Dispose();
        }

        private static Tensor Normalize(Tensor x, Tensor weight) => x * (x.square().mean([-1], keepdim: true) + 1e-5).rsqrt() * weight;
    }
}
