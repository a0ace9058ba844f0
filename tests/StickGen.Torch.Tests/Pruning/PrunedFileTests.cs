using System.Text;
using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Models.Zoo;
using StickGen.Torch.Tests.Training;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Smaller models in files: shapes are made again, weights are the same, and training goes on.</summary>
public sealed class PrunedFileTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public PrunedFileTests() => random.manual_seed(53);

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_smaller_model_is_read_again()
    {
        using var model = new StageNet();
        using var smaller = Shrink(model, 0.5);
        using var least = Shrink(smaller, 0.3);
        var path = folder.File("least.safetensors");
        least.Save(path);
        using var original = new StageNet();
        using var loaded = StageNet.Pruned.Load(original, path);
        AssertSame(least, loaded, Data.Normal(1, 2, 3, 8, 8));
        Assert.Equal(least.State.Groups.ToString(), loaded.State.Groups.ToString());
        // It is a model like any other.
        using var further = Shrink(loaded, 0.3);
        further.Save(path);
        using var last = StageNet.Pruned.Load(original, path);
        AssertSame(further, last, Data.Normal(2, 2, 3, 8, 8));
    }

    [Fact]
    public void Heads_and_sizes_are_read_again()
    {
        using var model = new VisionTransformer(32, 2, 1, 10);
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0.5 });
        using var masked = pruning.Apply(model, new Graphs.Shape("batch", 3, 224, 224));
        using var smaller = pruning.Convert(masked);
        smaller.Save(folder.File("vit.safetensors"));
        using var original = new VisionTransformer(32, 2, 1, 10);
        using var loaded = VisionTransformer.Pruned.Load(original, folder.File("vit.safetensors"));
        AssertSame(smaller, loaded, Data.Normal(1, 1, 3, 224, 224));
    }

    [Fact]
    public void Masks_and_replaced_modules_are_read_again()
    {
        using var model = new StageNet();
        using var ghosts = new GhostReplacement(new() { Policy = new() { Exclude = ["second"] } }).Apply(model);
        using var factors = new LowRankDecomposition(new() { Layer = new() { Choice = RankChoice.Ratio, Ratio = 0.7 }, Policy = new() { Only = ["second", "fc"] } }).Apply(ghosts);
        MaskedIsShrunk.Disturb(factors);
        factors.eval();
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = 0.4 });
        using var masked = pruning.Apply(factors);
        Assert.True(masked.State.IsMasked);
        masked.Save(folder.File("masked.safetensors"));
        using var original = new StageNet();
        original.eval();
        using var loaded = StageNet.Pruned.Load(original, folder.File("masked.safetensors"));
        var x = Data.Normal(1, 2, 3, 8, 8);
        Data.AssertSame(masked.forward(x), loaded.forward(x));

        using var smaller = pruning.Convert(masked);
        using var again = loaded.Shrink();
        Data.AssertSame(smaller.forward(x), again.forward(x));
    }

    [Fact]
    public async Task Training_goes_on_where_it_stopped_and_the_result_is_deployed()
    {
        using var model = new StageNet();
        using var smaller = Shrink(model, 0.4);
        var file = folder.File("smaller.safetensors");
        smaller.Save(file);
        var data = new InMemoryDataset(Data.Normal(1, 24, 3, 8, 8), arange(24).remainder(5));
        using var whole = Load();
        await Trainer(4, null).FitAsync(whole, data);

        using (var first = Load())
        {
            using var stop = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(4, folder.File("run")).FitAsync(first, data, [new StopAfter(stop, 2)], cancellationToken: stop.Token));
        }

        using var second = Load();
        await Trainer(4, folder.File("run")).FitAsync(second, data);
        foreach (var (name, value) in whole.state_dict())
            Data.AssertSame(value, second.state_dict()[name]);

        second.Save(file);
        using var trained = Load();
        var quantization = new SimulatedQuantization(new());
        using var variant = quantization.Apply<StageNet.FakeQuantized, StageNet.Quantized>(trained);
        variant.train();
        variant.forward(Data.Normal(1, 24, 3, 8, 8));
        variant.eval();
        ExactParity.Check(variant, variant.State, quantization.ToGraph(variant), Data.Normal(9, 4, 3, 8, 8) * 1.5);

        StageNet.Pruned Load()
        {
            using var original = new StageNet();
            return StageNet.Pruned.Load(original, file);
        }

        static Trainer Trainer(int epochs, string? checkpoint) => new(
            new() { Epochs = epochs, BatchSize = 8, Seed = 3, Checkpoint = checkpoint is null ? null : new() { Path = checkpoint } },
            Losses.CrossEntropy,
            parameters => optim.SGD(parameters.Select(p => p.parameter), 0.05, momentum: 0.9));
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        using var model = new StageNet();
        using var smaller = Shrink(model, 0.4);
        var path = folder.File("model.safetensors");
        smaller.Save(path);
        using var wide = new MarkedNet();
        Says("it is of the model 'StageNet', not of 'MarkedNet'", () => PruningState.Load(wide, path));
        using var other = Shrink(model, 0.2);
        Says("give an instance as the saved one was made of", () => PruningState.Load(other, path));
        PruningState.Load(smaller, path).Dispose();

        // Other weights under the same structure.
        var text = new TensorFile(path);
        var structure = text.Text("stickgen.pruned")!;
        text.Dispose();
        var state = smaller.state_dict();
        Change(s => s["stem.weight"] = zeros(3, 3), "'stem.weight' is Float32[3, 3] instead of Float32[5, 3, 3, 3]");
        Change(s => s.Remove("fc.bias"), "'fc.bias' is missing");
        Change(s => s["more"] = zeros(1), "'more' is not in the model");
        Change(_ => { }, "its version is 2", s => s.Replace("\"Version\":1", "\"Version\":2", StringComparison.Ordinal));
        Change(_ => { }, "'stem' has 9 channels there and 8 in the model", s => s.Replace("\\u0022width\\u0022: 8", "\\u0022width\\u0022: 9", StringComparison.Ordinal));
        Change(_ => { }, "cannot be read", s => s.Replace("\"Edits\"", "\"Edit\"", StringComparison.Ordinal));
        Change(_ => { }, "cannot be read", s => s.Replace("channels\"", "cannals\"", StringComparison.Ordinal));

        var gates = new ScientificControl(new() { Ratio = 0.5 });
        using var gated = gates.Apply(model);
        Says("gates", () => gated.Save(path));
        var rule = new ModuleRule("Own", "(conv2d:conv $x)", m => m.Module<TorchSharp.Modules.Conv2d>("conv").in_channels == 3, m => new Dictionary<nn.Module, nn.Module> { [m.Module<TorchSharp.Modules.Conv2d>("conv")] = Conv2d(3, 8, 3, padding: 1) });
        using var replaced = new RuleReplacement([rule]).Apply(model);
        Says("'stem' was replaced by a module of your own", () => replaced.Save(path));

        void Change(Action<Dictionary<string, Tensor>> change, string message, Func<string, string>? texts = null)
        {
            var changed = new Dictionary<string, Tensor>(state);
            change(changed);
            var other = texts?.Invoke(structure) ?? structure;
            Assert.True(texts is null || other != structure, "Nothing was changed.");
            TensorFile.Write(path, new Dictionary<string, string> { ["stickgen.pruned"] = other }, changed);
            Says(message, () => PruningState.Load(model, path));
        }

        static void Says(string message, Action action) =>
            Assert.Contains(message, Assert.Throws<CompressionException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using var model = new StageNet();
        using var smaller = Shrink(model, 0.4);
        var path = folder.File("model.safetensors");
        smaller.Save(path);
        var bytes = File.ReadAllBytes(path);
        var header = (int)BitConverter.ToInt64(bytes);
        var random = new Random(7);
        var refused = 0;
        for (var i = 0; i < 300; i++)
        {
            var changed = (byte[])bytes.Clone();
            for (var j = random.Next(1, 4); j > 0; j--)
                changed[random.Next(8 + header)] = (byte)random.Next(256);
            if (i % 10 == 0)
                changed = changed[..random.Next(changed.Length)];
            File.WriteAllBytes(path, changed);
            try
            {
                PruningState.Load(model, path).Dispose();
            }
            catch (CompressionException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(refused > 150, $"only {refused} were refused");
    }

    private static StageNet.Pruned Shrink(IPrunable<StageNet.Pruned> model, double ratio)
    {
        MaskedIsShrunk.Disturb((nn.Module)(object)model);
        var pruning = new ChannelPruning(new MagnitudeCriterion(), new() { Ratio = ratio });
        using var masked = pruning.Apply(model);
        return pruning.Convert(masked);
    }

    private static void AssertSame(Module<Tensor, Tensor> expected, Module<Tensor, Tensor> actual, Tensor x)
    {
        expected.eval();
        actual.eval();
        Data.AssertSame(expected.forward(x), actual.forward(x));
    }

    private sealed class StopAfter(CancellationTokenSource source, int epochs) : TrainingCallback
    {
        public override void OnEpochEnd(TrainingContext context)
        {
            if (context.Epoch + 1 == epochs)
                source.Cancel();
        }
    }
}
