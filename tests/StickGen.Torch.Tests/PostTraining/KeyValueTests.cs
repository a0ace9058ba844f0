using StickGen.Compression;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using StickGen.Torch.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Keys and values in 8 bits, against decoders and attentions that are written once more, whose keys and values the tests round number by number.</summary>
public sealed class KeyValueTests
{
    private static readonly string[] Names = ["query", "key", "value", "output", "gate", "up", "down"];

    [Theory]
    [InlineData(KeyValuePrecision.Int8PerToken)]
    [InlineData(KeyValuePrecision.Int8PerChannel)]
    public void Blocks_are_the_decoder_with_rounded_keys_and_values(KeyValuePrecision precision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(31);
        var scheme = new GroupScheme { Bits = 4, GroupSize = 32 };
        var data = SmallDecoder.Batches(32, 3);
        var algorithm = new PostTrainingQuantization(new() { Weights = scheme, KeyValueCache = precision });
        using var variant = PostTrainingQuantizationTests.Apply(algorithm, model);

        var report = algorithm.Calibrate((IFakeQuantized)variant, data);

        var slow = new SlowDecoder(model);
        var keys = new Dictionary<string, float[]>();
        var errors = new List<double>();
        var x = Array.ConvertAll(data, slow.Embed);
        for (var i = 0; i < 2; i++)
        {
            slow.Cache = (_, tensor) => tensor;
            var expected = Array.ConvertAll(x, batch => slow.Layer(i, batch));
            foreach (var name in Names)
            {
                var weight = slow.Weights[$"layers.{i}.{name}.weight"];
                slow.Weights[$"layers.{i}.{name}.weight"] = tensor(GroupedWeights.RoundToNearest(scheme, (int)weight.shape[0], (int)weight.shape[1], weight.ToArray()).Dequantize(), weight.shape);
            }

            // What the rounded layers of this block make of what the quantized blocks before it compute.
            slow.Cache = (name, tensor) => Observe(keys, name, tensor);
            foreach (var batch in x)
                slow.Layer(i, batch);
            slow.Cache = (name, tensor) => Round(precision, keys, name, tensor);
            x = Array.ConvertAll(x, batch => slow.Layer(i, batch));
            errors.Add(x.Zip(expected, (a, b) => (a - b).pow(2).mean().ToDouble()).Average());
        }

        Data.AssertSame(slow.Head(x[0]), variant.forward(data[0]));
        Assert.All(report.Blocks.Zip(errors), pair => Assert.Equal(pair.Second, pair.First.MeanSquaredError, pair.Second * 1e-5));
        // Other data has keys outside of what calibration saw.
        var other = SmallDecoder.Batches(33, 1)[0];
        Data.AssertSame(slow.Forward(other, 2), variant.forward(other));
        Assert.Equal(["layers.0.scaled_dot_product_attention", "layers.1.scaled_dot_product_attention"], report.Attentions.Select(a => a.Name));
        // Two heads of sixteen channels, twice.
        var bytes = precision == KeyValuePrecision.Int8PerToken ? 2 * 2 * (16 + 4) : (2 * 16) + (2 * (16 + 4));
        Assert.All(report.Attentions, a => Assert.Equal((precision, 2 * 2 * 16 * 4, bytes), (a.Precision, a.FloatBytes, a.QuantizedBytes)));
        var scales = algorithm.ToKeyScales((IFakeQuantized)variant);
        if (precision == KeyValuePrecision.Int8PerToken)
            Assert.Empty(scales);
        else
            Assert.Equal(keys["layers.1.keys"].Select(m => DynamicQuantization.Scale(m)), scales.Single(s => s is { Name: "layers.1.scaled_dot_product_attention", Heads: 2, Size: 16 }).Values.ToArray());
        // With kernels, keys and values are rounded all the same.
        var before = variant.forward(data[1]);
        algorithm.UseKernels((IFakeQuantized)variant);
        Assert.True((variant.forward(data[1]) - before).abs().max().ToSingle() < 0.02f);
    }

    [Theory]
    [InlineData(typeof(WrittenAttention), KeyValuePrecision.Int8PerToken)]
    [InlineData(typeof(WrittenAttention), KeyValuePrecision.Int8PerChannel)]
    [InlineData(typeof(SharedAttention), KeyValuePrecision.Int8PerToken)]
    [InlineData(typeof(SharedAttention), KeyValuePrecision.Int8PerChannel)]
    [InlineData(typeof(MergedAttention), KeyValuePrecision.Int8PerToken)]
    public void Attention_is_found_however_it_is_written(Type type, KeyValuePrecision precision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        manual_seed(3).Dispose();
        using var model = (AttentionModel)Activator.CreateInstance(type)!;
        model.eval();
        Tensor[] data = [Data.Normal(4, 2, 6, 32), Data.Normal(5, 3, 6, 32)];
        // Weights stay as they are but for what 8 bits lose, which is theirs afterwards.
        var (variant, report) = PostTrainingQuantizationTests.Quantize((ICompressible)model, new() { KeyValueCache = precision }, data);
        var rounded = variant.state_dict();
        foreach (var (name, parameter) in model.named_parameters())
            parameter.copy_(rounded[name]);

        var keys = new Dictionary<string, float[]>();
        model.Keep = (name, x) => Observe(keys, name, x);
        Array.ForEach(data, batch => model.Slow(batch));
        model.Keep = (name, x) => Round(precision, keys, name, x);

        var x = Data.Normal(6, 4, 6, 32);
        Data.AssertClose(model.Slow(x), variant.forward(x), 2e-6);
        model.Keep = (_, tensor) => tensor;
        Assert.True((model.Slow(x) - variant.forward(x)).abs().max().ToSingle() > 1e-4f);
        Assert.Single(report.Attentions);
        Assert.DoesNotContain(report.Notes, n => n.Contains("stay in float", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_quantized_is_named()
    {
        using var merged = new MergedAttention();
        var (variant, report) = PostTrainingQuantizationTests.Quantize(merged, new() { KeyValueCache = KeyValuePrecision.Int8PerChannel }, [Data.Normal(4, 2, 6, 32)]);
        variant.Dispose();
        Assert.Contains(report.Notes, n => n.StartsWith("softmax: keys stay in float: the heads of 'reshape", StringComparison.Ordinal) && n.Contains("[4·batch, 8, 6] cannot be told from the batch", StringComparison.Ordinal));
        Assert.Equal(KeyValuePrecision.Int8PerToken, Assert.Single(report.Attentions).Precision);

        using var decoder = SmallDecoder.Structured(38);
        PostTrainingOptions[] kept =
        [
            new() { KeyValueCache = KeyValuePrecision.Int8PerToken, Layers = [new("layers.1") { KeepFloat = true }, new("layers.1.up") { Bits = 4 }] },
            new() { KeyValueCache = KeyValuePrecision.Int8PerToken, Blocks = ["layers.0"] },
        ];
        foreach (var (options, text) in kept.Zip(["stay in float, as its module does", "stay in float: it is outside of all blocks"]))
        {
            (variant, report) = PostTrainingQuantizationTests.Quantize(decoder, options, SmallDecoder.Batches(39, 1));
            variant.Dispose();
            Assert.Equal("layers.0.scaled_dot_product_attention", Assert.Single(report.Attentions).Name);
            Assert.Contains($"layers.1.scaled_dot_product_attention: keys and values {text}", report.Notes);
        }

        var algorithm = new PostTrainingQuantization(new() { KeyValueCache = KeyValuePrecision.Int8PerToken });
        using var hidden = new HiddenAttention();
        var message = Assert.Throws<CompressionException>(() => algorithm.ApplyTo(hidden, [])).Message;
        Assert.Contains("KeyValueCache is Int8PerToken, and HiddenAttention has no keys and values that can be quantized", message, StringComparison.Ordinal);
        Assert.Contains("keys stay in float: it reads what 'einsum' computes", message, StringComparison.Ordinal);
        Assert.Contains("values stay in float", message, StringComparison.Ordinal);
        using var module = new ModuleAttention();
        Assert.Contains(
            "inside of code that is not understood, 'attended of: var (attended, _) = attention.forward(", Assert.Throws<CompressionException>(() => algorithm.ApplyTo(module, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scales_of_keys_are_kept_with_the_blocks()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = SmallDecoder.Structured(34);
        var data = SmallDecoder.Batches(35, 2);
        var options = new PostTrainingOptions { KeyValueCache = KeyValuePrecision.Int8PerChannel, Activations = ActivationQuantization.DynamicPerToken };
        var algorithm = new PostTrainingQuantization(PostTrainingOptions.FromJson(options.ToJson()));
        Assert.Equal("RTN W8A8 dynamic KV8 per channel", algorithm.Name);
        using var variant = PostTrainingQuantizationTests.Apply(algorithm, model);
        var report = algorithm.Calibrate((IFakeQuantized)variant, data, folder.File("run"));
        algorithm.Save((IFakeQuantized)variant, folder.File("model.safetensors"));

        using var loaded = PostTrainingQuantizationTests.Apply(algorithm, model);
        algorithm.Load((IFakeQuantized)loaded, folder.File("model.safetensors"));
        Data.AssertSame(variant.forward(data[0]), loaded.forward(data[0]));
        Assert.Equal(report.ToString(), algorithm.Report((IFakeQuantized)loaded).ToString());
        File.Delete(Path.Combine(folder.File("run"), "block-001.safetensors"));
        using var resumed = PostTrainingQuantizationTests.Apply(algorithm, model);
        algorithm.Calibrate((IFakeQuantized)resumed, data, folder.File("run"));
        Data.AssertSame(variant.forward(data[0]), resumed.forward(data[0]));

        var plain = new PostTrainingQuantization(options with { KeyValueCache = KeyValuePrecision.Int8PerToken });
        using var other = PostTrainingQuantizationTests.Apply(plain, model);
        Assert.Contains("other layers or options", Assert.Throws<CompressionException>(() => plain.Load((IFakeQuantized)other, folder.File("model.safetensors"))).Message, StringComparison.Ordinal);
        var weights = new PostTrainingQuantization(new() { KeyValueCache = KeyValuePrecision.Int8PerToken });
        using var float16 = PostTrainingQuantizationTests.Apply(weights, model);
        weights.Calibrate((IFakeQuantized)float16, data);
        Assert.Contains("no attention with KeyValueCache Int8PerToken", Assert.Throws<CompressionException>((Action)(() => weights.ToGraph((IFakeQuantized)float16))).Message, StringComparison.Ordinal);
        Assert.Contains("KeyValueCache is 7", Assert.Throws<CompressionException>((Action)(() => _ = new PostTrainingQuantization(new() { KeyValueCache = (KeyValuePrecision)7 }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_method_goes_with_it()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(36, depth: 1);
        var data = SmallDecoder.Batches(37, 4);
        PostTrainingStep[][] methods = [[], [new Awq { GridSize = 4 }], [new GptqRounding()], [new OmniQuant { Epochs = 4 }]];
        var errors = methods.Select(steps => PostTrainingQuantizationTests.Quantize(
            model, new() { Weights = new() { Bits = 3, GroupSize = 64 }, Steps = steps, KeyValueCache = KeyValuePrecision.Int8PerToken }, data).Report.MeanSquaredError).ToList();
        Assert.All(errors[1..], error => Assert.True(error < errors[0], string.Join(", ", errors)));
        // Static activations, and scales that are searched for.
        foreach (var precision in (KeyValuePrecision[])[KeyValuePrecision.Int8PerToken, KeyValuePrecision.Int8PerChannel])
        {
            var (_, report) = PostTrainingQuantizationTests.Quantize(
                model, new() { Activations = ActivationQuantization.StaticPerTensor, Steps = [new SmoothQuant()], KeyValueCache = precision }, data);
            Assert.InRange(report.Blocks[0].RelativeError, 1e-9, 0.05);
        }
    }

    [Fact]
    public void Gradients_pass_rounded_keys()
    {
        using var scope = NewDisposeScope();
        var x = Data.Normal(8, 2, 3, 8);
        x.requires_grad = true;
        GroupFakeQuantize.Tokens(x).sum().backward();
        Data.AssertClose(ones_like(x), x.grad!, 1e-6);
    }

    private static Tensor Observe(Dictionary<string, float[]> keys, string name, Tensor x)
    {
        if (!name.EndsWith("keys", StringComparison.Ordinal))
            return x;
        var (heads, tokens, size) = ((int)x.shape[1], (int)x.shape[2], (int)x.shape[3]);
        var (values, largest) = (x.ToArray(), keys.GetValueOrDefault(name) ?? new float[heads * size]);
        for (var i = 0; i < values.Length; i++)
        {
            var place = (i / (tokens * size) % heads * size) + (i % size);
            largest[place] = MathF.Max(largest[place], MathF.Abs(values[i]));
        }

        keys[name] = largest;
        return x;
    }

    private static Tensor Round(KeyValuePrecision precision, Dictionary<string, float[]> keys, string name, Tensor x)
    {
        var (heads, tokens, size) = ((int)x.shape[1], (int)x.shape[2], (int)x.shape[3]);
        var values = x.ToArray();
        var perChannel = precision == KeyValuePrecision.Int8PerChannel && name.EndsWith("keys", StringComparison.Ordinal);
        for (var row = 0; row < values.Length; row += size)
        {
            var own = DynamicQuantization.Scale(values[row..(row + size)].Max(MathF.Abs));
            for (var i = 0; i < size; i++)
            {
                var scale = perChannel ? DynamicQuantization.Scale(keys[name][(row / (tokens * size) % heads * size) + i]) : own;
                values[row + i] = scale * AffineQuantization.Quantize(values[row + i], scale, 0, -127, 127);
            }
        }

        return tensor(values, x.shape);
    }
}
