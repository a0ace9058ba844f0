using TinyLlm.Models;

namespace StickGen.Torch.Tests.TinyLlm;

/// <summary>
/// A Llama-like decoder from its definition, in float64 and one number at a time, over weights by the names of the Hugging Face format. Rotations are of the pairs of channels i and i + size / 2, as in that format.
/// </summary>
internal sealed class ReferenceLlama(LlamaConfig config, IReadOnlyDictionary<string, float[]> weights)
{
    private readonly int size = config.HeadDim;

    /// <summary>The logits of the token that follows the last one.</summary>
    public double[] Logits(int[] tokens)
    {
        var x = Array.ConvertAll(tokens, token => Row(weights["model.embed_tokens.weight"], token, config.HiddenSize));
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            var attended = Attend(Array.ConvertAll(x, row => Normalize(row, prefix + "input_layernorm.weight")), prefix + "self_attn.");
            x = [.. x.Zip(attended, Add)];
            x = Array.ConvertAll(x, row => Add(row, FeedForward(Normalize(row, prefix + "post_attention_layernorm.weight"), prefix + "mlp.")));
        }

        return Multiply(Normalize(x[^1], "model.norm.weight"), weights.ContainsKey("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight");
    }

    private double[][] Attend(double[][] x, string prefix)
    {
        var q = Array.ConvertAll(x, row => Multiply(row, prefix + "q_proj.weight"));
        var k = Array.ConvertAll(x, row => Multiply(row, prefix + "k_proj.weight"));
        var v = Array.ConvertAll(x, row => Multiply(row, prefix + "v_proj.weight"));
        var results = new double[x.Length][];
        for (var t = 0; t < x.Length; t++)
        {
            var joined = new double[config.NumAttentionHeads * size];
            for (var head = 0; head < config.NumAttentionHeads; head++)
            {
                var shared = head / (config.NumAttentionHeads / config.NumKeyValueHeads);
                var scores = new double[t + 1];
                for (var s = 0; s <= t; s++)
                    scores[s] = Math.Exp(Enumerable.Range(0, size).Sum(i => Rotated(q[t], head, i, t) * Rotated(k[s], shared, i, s)) / Math.Sqrt(size));
                for (var i = 0; i < size; i++)
                    joined[(head * size) + i] = Enumerable.Range(0, t + 1).Sum(s => scores[s] * v[s][(shared * size) + i]) / scores.Sum();
            }

            results[t] = Multiply(joined, prefix + "o_proj.weight");
        }

        return results;
    }

    private double Rotated(double[] row, int head, int i, int position)
    {
        var half = size / 2;
        var angle = position * Math.Pow(config.RopeTheta, -2.0 * (i % half) / size);
        var (first, second) = (row[(head * size) + (i % half)], row[(head * size) + (i % half) + half]);
        return i < half ? (first * Math.Cos(angle)) - (second * Math.Sin(angle)) : (second * Math.Cos(angle)) + (first * Math.Sin(angle));
    }

    private double[] FeedForward(double[] x, string prefix)
    {
        var (gate, up) = (Multiply(x, prefix + "gate_proj.weight"), Multiply(x, prefix + "up_proj.weight"));
        return Multiply([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], prefix + "down_proj.weight");
    }

    private double[] Normalize(double[] x, string name)
    {
        var scale = 1 / Math.Sqrt(x.Average(value => value * value) + config.RmsNormEps);
        return [.. x.Zip(weights[name], (value, weight) => value * scale * weight)];
    }

    private double[] Multiply(double[] x, string name)
    {
        var matrix = weights[name];
        return [.. Enumerable.Range(0, matrix.Length / x.Length).Select(row => x.Select((value, column) => value * matrix[(row * x.Length) + column]).Sum())];
    }

    private static double[] Row(float[] matrix, int row, int width) => [.. matrix.AsSpan(row * width, width).ToArray().Select(value => (double)value)];

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
