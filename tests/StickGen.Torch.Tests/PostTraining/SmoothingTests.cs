using StickGen.Compression;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Methods that move scales between layers, against the formulas of their papers and a search in plain loops.</summary>
public sealed class SmoothingTests
{
    private static readonly string[] First = ["query", "key", "value"];

    [Fact]
    public void SmoothQuant_divides_by_the_formula_of_its_paper()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(1, depth: 1);
        var data = SmallDecoder.Batches(2, 2);

        var (variant, _) = PostTrainingQuantizationTests.Quantize(
            model, new() { Activations = ActivationQuantization.StaticPerTensor, Steps = [new SmoothQuant { Strength = 0.7 }] }, data);

        var slow = new SlowDecoder(model);
        var largest = new Dictionary<string, float[]>();
        slow.Read = (name, x) =>
        {
            var rows = x.ToArray().Chunk((int)x.shape[^1]).ToList();
            var seen = largest.TryGetValue(name, out var before) ? before : new float[x.shape[^1]];
            largest[name] = [.. seen.Select((m, c) => Math.Max(m, rows.Max(r => Math.Abs(r[c]))))];
            return x;
        };
        foreach (var batch in data)
            slow.Forward(batch, 1);

        var state = ((nn.Module)variant).state_dict();
        AssertScaled("layers.0.norm1.weight", Scales("layers.0.query", "layers.0.key", "layers.0.value"));
        AssertScaled("layers.0.norm2.weight", Scales("layers.0.gate", "layers.0.up"));

        float[] Scales(params string[] layers)
        {
            var weights = layers.SelectMany(l => slow.Weights[$"{l}.weight"].ToArray().Chunk(64)).ToList();
            return [.. largest[layers[0]].Select((x, c) => (float)(Math.Pow(Math.Max(x, 1e-5), 0.7) / Math.Pow(Math.Max(weights.Max(w => Math.Abs(w[c])), 1e-5), 0.3)))];
        }

        void AssertScaled(string norm, float[] scales) => Data.AssertClose(slow.Weights[norm] / tensor(scales), state[norm], 1e-5);
    }

    [Fact]
    public void Injected_outliers_are_smoothed_away()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(3, outliers: 60);
        var data = SmallDecoder.Batches(4, 4);
        double Error(params PostTrainingStep[] steps) =>
            PostTrainingQuantizationTests.Quantize(model, new() { Activations = ActivationQuantization.StaticPerTensor, Steps = steps }, data).Report.MeanSquaredError;

        var (plain, smooth, light, plus) = (Error(), Error(new SmoothQuant()), Error(new OutlierSuppressionLite()), Error(new OutlierSuppressionPlus()));

        Assert.True(smooth < plain / 5, $"SmoothQuant {smooth}, plain {plain}");
        Assert.True(light <= smooth * 1.05, $"OSL {light}, SmoothQuant {smooth}");
        Assert.True(plus <= smooth * 1.05, $"Outlier Suppression+ {plus}, SmoothQuant {smooth}");
    }

    [Fact]
    public void Channels_far_from_0_are_shifted()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        random.manual_seed(5);
        using var model = new VisionTransformer(32, 2, 2, 10);
        model.eval();
        foreach (var (name, bias) in model.named_parameters().Where(p => p.name.EndsWith("norm1.bias", StringComparison.Ordinal) || p.name.EndsWith("norm2.bias", StringComparison.Ordinal)))
            bias.copy_(Data.Normal(6, 32) * 20);
        Tensor[] data = [Data.Normal(7, 2, 3, 224, 224)];
        double Error(params PostTrainingStep[] steps) =>
            PostTrainingQuantizationTests.Quantize(model, new() { Activations = ActivationQuantization.StaticPerTensor, Steps = steps }, data).Report.MeanSquaredError;

        var (plain, smooth, plus) = (Error(), Error(new SmoothQuant()), Error(new OutlierSuppressionPlus()));

        Assert.True(plus < 0.8 * smooth, $"Outlier Suppression+ {plus}, SmoothQuant {smooth}, plain {plain}");
    }

    [Fact]
    public void Awq_takes_the_best_scales_of_its_grid()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(8, depth: 1);
        var scheme = new GroupScheme { Bits = 4, GroupSize = 32 };
        var data = SmallDecoder.Batches(9, 2);

        var (variant, _) = PostTrainingQuantizationTests.Quantize(model, new() { Weights = scheme, Steps = [new Awq()] }, data);

        // The first place is searched while all other layers are rounded to nearest.
        var slow = new SlowDecoder(model);
        var seen = slow.Collect("layers.0.query");
        var inputs = Array.ConvertAll(data, slow.Embed);
        var expected = Array.ConvertAll(inputs, x => slow.Layer(0, x));
        slow.Read = (_, x) => x;
        var mean = Enumerable.Range(0, 64).Select(c => seen.Average(row => (double)Math.Abs(row[c]))).ToArray();
        var shares = First.SelectMany(n => model.state_dict()[$"layers.0.{n}.weight"].ToArray().Chunk(64))
            .Select(row => row.Chunk(32).SelectMany(g => g.Select(w => Math.Abs(w) / (g.Max(MathF.Abs) + 1e-6))).ToArray()).ToList();
        var weight = Enumerable.Range(0, 64).Select(c => shares.Average(row => row[c])).ToArray();
        var (best, least) = (new double[64], Error([.. Enumerable.Repeat(1.0, 64)]));
        Array.Fill(best, 1);
        for (var i = 0; i < 20; i++)
        {
            var scale = mean.Zip(weight, (x, w) => Math.Max(Math.Pow(x, i / 20.0) / (Math.Pow(w, 1 - (i / 20.0)) + 1e-4), 1e-4)).ToArray();
            var middle = Math.Sqrt(scale.Max() * scale.Min());
            scale = [.. scale.Select(s => s / middle)];
            if (Error(scale) is var error && error < least)
                (best, least) = (scale, error);
        }

        Assert.True(best.Max() > 1.01, "no scale is better than none");
        var norm = model.state_dict()["layers.0.norm1.weight"];
        Data.AssertClose(norm / tensor(best.Select(s => (float)s).ToArray()), ((nn.Module)variant).state_dict()["layers.0.norm1.weight"], 1e-4);

        double Error(double[] scale)
        {
            var original = model.state_dict();
            var factors = tensor(scale.Select(s => (float)s).ToArray());
            foreach (var name in (string[])["query", "key", "value", "output", "gate", "up", "down"])
            {
                var w = original[$"layers.0.{name}.weight"];
                var isScaled = First.Contains(name);
                var rounded = tensor(GroupedWeights.RoundToNearest(scheme, (int)w.shape[0], (int)w.shape[1], (isScaled ? w * factors : w).ToArray()).Dequantize(), w.shape);
                slow.Weights[$"layers.0.{name}.weight"] = isScaled ? rounded / factors : rounded;
            }

            return inputs.Zip(expected, (x, y) => (slow.Layer(0, x) - y).pow(2).mean().ToDouble()).Average();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Four_bits_in_groups_are_better_with_awq_and_gptq_than_rounded_to_nearest(bool symmetric)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(10);
        var data = SmallDecoder.Batches(11, 6);
        IReadOnlyList<BlockReport> Blocks(params PostTrainingStep[] steps) => PostTrainingQuantizationTests.Quantize(
            model, new() { Weights = new() { Bits = 4, GroupSize = 64, Symmetric = symmetric }, Steps = steps }, data).Report.Blocks;

        var (nearest, scaled, clipped, gptq) = (Blocks(), Blocks(new Awq()), Blocks(new Awq(), new WeightClipping()), Blocks(new GptqRounding()));

        var both = Blocks(new Awq(), new GptqRounding());
        for (var i = 0; i < nearest.Count; i++)
        {
            var text = $"block {i}: RTN {nearest[i].MeanSquaredError}, AWQ {scaled[i].MeanSquaredError}, clipped {clipped[i].MeanSquaredError}, GPTQ {gptq[i].MeanSquaredError}, both {both[i].MeanSquaredError}";
            Assert.True(scaled[i].MeanSquaredError < nearest[i].MeanSquaredError, text);
            Assert.True(clipped[i].MeanSquaredError < nearest[i].MeanSquaredError, text);
            Assert.True(gptq[i].MeanSquaredError < nearest[i].MeanSquaredError, text);
        }
    }

    [Fact]
    public void Clipping_takes_the_best_share_of_each_group()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(12, depth: 1);
        var scheme = new GroupScheme { Bits = 2, GroupSize = 32, Symmetric = false };
        var data = SmallDecoder.Batches(13, 2);

        var (variant, report) = PostTrainingQuantizationTests.Quantize(model, new() { Weights = scheme, Steps = [new WeightClipping()] }, data);

        var slow = new SlowDecoder(model);
        var seen = slow.Collect("layers.0.query");
        foreach (var batch in data)
            slow.Forward(batch, 1);
        var weight = slow.Weights["layers.0.query.weight"].ToArray();
        var clipped = new float[weight.Length];
        for (var group = 0; group < weight.Length / 32; group++)
        {
            var own = weight.AsSpan(group * 32, 32).ToArray();
            var (least, column) = (double.PositiveInfinity, group % 2 * 32);
            for (var i = 0; i < 10; i++)
            {
                var share = 1f - (i * 0.05f);
                var candidate = Array.ConvertAll(own, w => Math.Clamp(w, own.Min() * share, own.Max() * share));
                var rounded = GroupedWeights.RoundToNearest(scheme with { GroupSize = 0 }, 1, 32, candidate).Dequantize();
                var error = seen.Sum(row => Math.Pow(Enumerable.Range(0, 32).Sum(c => (double)row[column + c] * (rounded[c] - own[c])), 2));
                if (error < least)
                {
                    least = error;
                    rounded.CopyTo(clipped, group * 32);
                }
            }
        }

        // The layer's ranges are the ones found, or all of the old ones, where the block was better with those.
        var actual = ((nn.Module)variant).state_dict()["layers.0.query.weight"].ToArray();
        var old = GroupedWeights.RoundToNearest(scheme, 64, 64, weight).Dequantize();
        var (different, kept) = (actual.Zip(clipped).Count(p => Math.Abs(p.First - p.Second) > 1e-5), actual.Zip(old).Count(p => p.First != p.Second));
        Assert.True(different <= 64 || kept == 0, $"{different} and {kept} of {actual.Length} differ");
        var nearest = PostTrainingQuantizationTests.Quantize(model, new() { Weights = scheme }, data).Report;
        Assert.True(report.MeanSquaredError < 0.9 * nearest.MeanSquaredError, $"{report.MeanSquaredError} and {nearest.MeanSquaredError}");
    }

    [Fact]
    public void Combinations_that_make_no_sense_are_refused_with_the_reason()
    {
        Fails("makes activations easier to quantize and weights harder", new() { Steps = [new SmoothQuant()] });
        Fails("Strength is 2; allowed: 0 to 1", new() { Activations = ActivationQuantization.DynamicPerToken, Steps = [new SmoothQuant { Strength = 2 }] });
        Fails("Activations is DynamicPerToken, which has no ranges", new() { Activations = ActivationQuantization.DynamicPerToken, ActivationRange = ActivationRange.LeastSquares });
        Fails("Percentile is 40; allowed: more than 50", new() { Activations = ActivationQuantization.StaticPerTensor, ActivationRange = ActivationRange.Percentile, Percentile = 40 });
        Fails("AWQ is after clipping", new() { Steps = [new WeightClipping(), new Awq()] });
        Fails("both are of the stage Transform", new() { Activations = ActivationQuantization.StaticPerTensor, Steps = [new Awq(), new SmoothQuant()] });
        var options = new PostTrainingOptions { Weights = new() { Bits = 4, GroupSize = 32 }, Steps = [new Awq { GridSize = 5 }, new WeightClipping()], Layers = [new("head") { KeepFloat = true }] };
        var read = PostTrainingOptions.FromJson(options.ToJson());
        Assert.Equal(options.ToJson(), read.ToJson());
        Assert.Equal(options.Steps, read.Steps);

        static void Fails(string text, PostTrainingOptions options) =>
            Assert.Contains(text, Assert.Throws<CompressionException>(() => new PostTrainingQuantization(options)).Message, StringComparison.Ordinal);
    }
}
