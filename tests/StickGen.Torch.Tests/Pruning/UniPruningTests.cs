using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

public sealed class UniPruningTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public UniPruningTests() => random.manual_seed(31);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(1, 0.6)]
    [InlineData(2, 0.7)]
    [InlineData(2, 0.35)]
    public void Removes_the_block_that_is_least_in_relation_until_the_target(int step, double target)
    {
        using var model = new StageNet();
        MaskedIsShrunk.Disturb(model);
        var groups = ChannelGroups.Of(model);
        var selection = UniPruning.Select(groups, new() { PruningStep = step, Target = target });
        var expected = Reference(groups, model, step, target);
        foreach (var group in groups.Prunable)
            Assert.Equal(expected[group.Name].Order(), selection.Kept(group));
        Assert.InRange(PruningReport.Of(selection).ParameterRatio, target - 0.15, target);
    }

    [Fact]
    public void What_was_zeroed_is_removed()
    {
        using var model = new StageNet();
        var groups = ChannelGroups.Of(model);
        var options = new UniPruningOptions { PruningStep = 2, Target = 0.6 };
        var first = UniPruning.Select(groups, options);
        Surgery.Zero(first);
        var second = UniPruning.Select(groups, options);
        foreach (var group in groups.Prunable)
            Assert.Equal(first.Kept(group), second.Kept(group));
    }

    [Theory]
    [InlineData("""{ "Target": 1 }""", "Target is 1")]
    [InlineData("""{ "PruningStep": 0 }""", "PruningStep is 0")]
    [InlineData("""{ "Measure": "Channels" }""", "Measure is Channels")]
    [InlineData("""{ "Frequency": 0 }""", "Frequency is 0")]
    [InlineData("""{ "Target": 0.01, "PruningStep": 2 }""", "of the parameters of StageNet can be removed")]
    [InlineData("""{ "PruningStep": 16 }""", "at most 0 of the parameters")]
    public void What_cannot_be_done_is_said(string json, string message)
    {
        using var model = new StageNet();
        var groups = ChannelGroups.Of(model);
        var error = Assert.Throws<CompressionException>(() => UniPruning.Select(groups, UniPruningOptions.FromJson(json)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The algorithm as it is described, step by step, with the size counted on the smaller modules.</summary>
    private static Dictionary<string, List<int>> Reference(ChannelGroups groups, StageNet model, int step, double target)
    {
        // The convolution that computes, and the norm behind it, by their names in the model.
        var pairs = new Dictionary<string, (string Conv, string Norm)[]>
        {
            ["stem"] = [("stem", "bn"), ("first.conv2", "first.bn2"), ("second.conv2", "second.bn2")],
            ["first.conv1"] = [("first.conv1", "first.bn1")],
            ["second.conv1"] = [("second.conv1", "second.bn1")],
        };
        var modules = model.named_modules().ToDictionary(m => m.name, m => m.module);
        var norms = pairs.ToDictionary(p => p.Key, p =>
        {
            var width = ((Conv2d)modules[p.Value[0].Conv]).weight.shape[0];
            return Enumerable.Range(0, (int)width).Select(i => p.Value.Average(c =>
                Math.Sqrt(((Conv2d)modules[c.Conv]).weight[i].ToArray().Sum(v => (double)v * v)) * Math.Abs(((BatchNorm2d)modules[c.Norm]).weight![i].item<float>()))).ToArray();
        });
        var kept = pairs.ToDictionary(p => p.Key, p => Enumerable.Range(0, norms[p.Key].Length).OrderBy(i => norms[p.Key][i]).ToList());
        var size = model.parameters().Sum(p => p.numel());
        while (Size() > target * size)
        {
            var (name, least) = ("", double.MaxValue);
            foreach (var (key, ascending) in kept)
            {
                if (ascending.Count <= step)
                    continue;
                var relative = Median(ascending.Take(step).Select(i => norms[key][i])) / Median(ascending.TakeLast(step).Select(i => norms[key][i]));
                if (relative < least)
                    (name, least) = (key, relative);
            }

            kept[name].RemoveRange(0, step);
        }

        return kept;

        long Size()
        {
            var selection = kept.Aggregate(ChannelSelection.All(groups), (s, k) => s.Keep(groups[k.Key], k.Value));
            var smaller = Surgery.Shrink(selection);
            return model.modules().Sum(m => (smaller.TryGetValue(m, out var s) ? s : m).named_parameters(recurse: false).Sum(p => p.parameter.numel()));
        }

        static double Median(IEnumerable<double> values)
        {
            var sorted = values.Order().ToList();
            return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        }
    }
}
