using StickGen.Compression;
using StickGen.PostTraining;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Which scales can be moved to which layers, and that moving them changes nothing but rounding.</summary>
public sealed class FoldTests
{
    /// <summary>Scales every place by random numbers, shifts it where that is possible, and looks at the block's results before and after.</summary>
    private sealed record Probe(List<string> Found, int Seed) : PostTrainingStep
    {
        public override string Name => "probe";

        public override PostTrainingStage Stage => PostTrainingStage.Transform;

        public override bool AddsBias => true;

        public override void Apply(QuantizationBlock block)
        {
            using var generator = new Generator((ulong)Seed);
            foreach (var site in block.FoldSites)
            {
                Found.Add($"{site.Source} -> {string.Join(", ", site.Layers.Select(l => l.Name))}{(site.CanShift ? ", shift" : "")}");
                if (site.CanShift)
                    site.Shift(randn(site.Channels, generator: generator));
                site.Scale(rand(site.Channels, generator: generator) * 3 + 0.1);
                // What the float block makes of its inputs is what it was.
                for (var batch = 0; batch < block.Batches; batch++)
                {
                    foreach (var layer in block.Layers)
                        layer.IsQuantized = false;
                    var (expected, actual) = (block.TargetsOf(batch)[0], block.Forward(batch)[0]);
                    var error = ((actual - expected).norm() / expected.norm()).ToSingle();
                    Assert.True(error < 1e-5, $"{site.Source}: {error}");
                }
            }
        }
    }

    [Fact]
    public void A_decoder_has_four_places_in_a_layer()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(1);
        var found = new List<string>();

        var (_, report) = PostTrainingQuantizationTests.Quantize(model, new() { Steps = [new Probe(found, 1)] }, SmallDecoder.Batches(2, 1));

        string[] expected =
        [
            "layers.0.norm1.weight -> layers.0.query, layers.0.key, layers.0.value", "layers.0.value -> layers.0.output", "layers.0.norm2.weight -> layers.0.gate, layers.0.up",
            "layers.0.up -> layers.0.down",
        ];
        Assert.Equal(expected, found.Take(4));
        Assert.Equal(8, found.Count);
        Assert.DoesNotContain(report.Notes, n => n.Contains("cannot be scaled", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_scaled_is_named()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = new VisionTransformer(32, 2, 2, 10);
        model.eval();
        var found = new List<string>();

        var (_, report) = PostTrainingQuantizationTests.Quantize(model, new() { Steps = [new Probe(found, 2)] }, [Data.Normal(3, 2, 3, 224, 224)]);

        Assert.Equal(["blocks.0.norm1.weight -> blocks.0.qkv, shift", "blocks.0.norm2.weight -> blocks.0.fc1, shift", "blocks.1.norm1.weight -> blocks.1.qkv, shift", "blocks.1.norm2.weight -> blocks.1.fc1, shift"], found);
        Assert.Contains(report.Notes, n => n.StartsWith("blocks.0.fc2: what is read cannot be scaled: 'blocks.0.gelu' computes it, which is no linear function", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.StartsWith("blocks.1.projection: what is read cannot be scaled: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_layer_that_stays_in_float_is_scaled_too()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = SmallDecoder.Structured(4);
        var found = new List<string>();

        PostTrainingQuantizationTests.Quantize(model, new() { Steps = [new Probe(found, 5)], Layers = [LayerPolicy.Of((SmallDecoderLayer l) => l.key) with { KeepFloat = true }] }, SmallDecoder.Batches(6, 1));

        Assert.Contains("layers.1.norm1.weight -> layers.1.query, layers.1.value", found);
    }

    [Fact]
    public void A_scale_has_to_be_a_number_larger_than_0()
    {
        using var scope = NewDisposeScope();
        using var weight = nn.Linear(4, 4);
        var site = new FoldSite("norm", [], [], [ones(4)], null, [0, 1, 2, 3]);
        Assert.Contains("not finite or not larger than 0", Assert.Throws<CompressionException>(() => site.Scale(tensor(new[] { 1f, 0, 1, 1 }))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be shifted", Assert.Throws<CompressionException>(() => site.Shift(ones(4))).Message, StringComparison.Ordinal);
    }
}
