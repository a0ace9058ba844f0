using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Criteria against plain loops, and what is removed with them.</summary>
public sealed class SelectionTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly StageNet model;
    private readonly ChannelGroups groups;

    public SelectionTests()
    {
        random.manual_seed(29);
        model = new StageNet();
        MaskedIsShrunk.Disturb(model);
        groups = ChannelGroups.Of(model);
    }

    public void Dispose()
    {
        model.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Magnitude_is_the_norm_of_filters(int order)
    {
        var importance = Importance.Of(groups, new MagnitudeCriterion(order), ScoreReduction.Sum, ScoreNormalization.None);
        foreach (var group in groups.Prunable)
        {
            for (var channel = 0; channel < group.Width; channel++)
            {
                var expected = 0.0;
                foreach (var axis in group.Axes.Where(a => a.Axis.Role == ChannelRole.Output))
                {
                    var weight = ((Conv2d)axis.Axis.Module).weight;
                    var norm = 0.0;
                    foreach (var value in weight[channel].ToArray())
                        norm += order == 1 ? Math.Abs(value) : (double)value * value;
                    expected += order == 1 ? norm : Math.Sqrt(norm);
                }

                Assert.Equal(expected, importance[group]![channel], 1e-4);
            }
        }
    }

    [Fact]
    public void Inputs_count_where_asked_for()
    {
        var importance = Importance.Of(groups, new MagnitudeCriterion(1, withInputs: true), ScoreReduction.Max, ScoreNormalization.None);
        var group = groups["first.conv1"];
        var (conv1, conv2) = ((Conv2d)group.Axes[0].Axis.Module, (Conv2d)group.Axes[2].Axis.Module);
        for (var i = 0; i < group.Width; i++)
        {
            var expected = Math.Max(conv1.weight[i].abs().sum().item<float>(), conv2.weight.select(1, i).abs().sum().item<float>());
            Assert.Equal(expected, importance[group]![i], 1e-4);
        }
    }

    [Fact]
    public void Batch_norm_scales_are_averaged_over_a_group()
    {
        var importance = Importance.Of(groups, new BatchNormScaleCriterion(), normalization: ScoreNormalization.None);
        var norms = groups["stem"].Axes.Select(a => a.Axis.Module).OfType<BatchNorm2d>().Select(n => n.weight!.ToArray()).ToList();
        Assert.Equal(3, norms.Count);
        for (var i = 0; i < 8; i++)
            Assert.Equal(norms.Average(n => Math.Abs(n[i])), importance[groups["stem"]]![i], 1e-5);
        using var plain = new UnknownOperationNet();
        Assert.Equal(["conv2"], Importance.Of(ChannelGroups.Of(plain), new BatchNormScaleCriterion()).Unscored.Select(g => g.Name));
    }

    [Fact]
    public void Taylor_predicts_what_the_loss_changes()
    {
        var error = Assert.Throws<CompressionException>(() => Importance.Of(groups, new TaylorCriterion()));
        Assert.Contains("'stem.weight' has no gradient", error.Message, StringComparison.Ordinal);
        model.eval();
        var x = Data.Normal(5, 4, 3, 8, 8);
        model.forward(x).square().sum().backward();
        var importance = Importance.Of(groups, new TaylorCriterion(), normalization: ScoreNormalization.None);

        // The slope of the loss along a channel's weights, by finite differences.
        var group = groups["first.conv1"];
        var weight = ((Conv2d)group.Axes[0].Axis.Module).weight;
        using var noGrad = no_grad();
        for (var i = 0; i < group.Width; i++)
        {
            var slope = (Loss(i, 1 + 1e-3) - Loss(i, 1 - 1e-3)) / 2e-3;
            Assert.Equal(slope * slope, importance[group]![i], 0.02 * importance[group]!.Max());
        }

        double Loss(int channel, double factor)
        {
            var before = weight[channel].clone();
            weight[channel].mul_(factor);
            var loss = model.forward(x).square().sum(ScalarType.Float64).item<double>();
            weight[channel].copy_(before);
            return loss;
        }
    }

    [Fact]
    public void The_geometric_median_is_where_distances_are_least()
    {
        var importance = Importance.Of(groups, new GeometricMedianCriterion(), normalization: ScoreNormalization.None);
        var group = groups["second.conv1"];
        var filters = Enumerable.Range(0, group.Width).Select(i => ((Conv2d)group.Axes[0].Axis.Module).weight[i].ToArray()).ToList();
        for (var i = 0; i < filters.Count; i++)
        {
            var sum = filters.Sum(f => Math.Sqrt(f.Zip(filters[i], (a, b) => ((double)a - b) * ((double)a - b)).Sum()));
            Assert.Equal(sum, importance[group]![i], 1e-5);
        }
    }

    [Fact]
    public void Random_scores_depend_on_the_seed_alone()
    {
        double[] Scores(long seed) => [.. groups.Prunable.SelectMany(g => Importance.Of(groups, new RandomCriterion(seed))[g]!)];
        Assert.Equal(Scores(1), Scores(1));
        Assert.NotEqual(Scores(1), Scores(2));
        Assert.Equal(Scores(1).Length, Scores(1).Distinct().Count());
    }

    [Theory]
    [InlineData(0, 1, 1, "8 6 10")]
    [InlineData(0.5, 1, 1, "4 3 5")]
    [InlineData(0.3, 1, 1, "6 5 7")]
    [InlineData(0.99, 1, 1, "1 1 1")]
    [InlineData(0.5, 4, 1, "4 4 8")]
    [InlineData(0.9, 1, 5, "5 5 5")]
    [InlineData(0.9, 1, 7, "7 6 7")]
    public void Each_group_loses_its_share(double ratio, int roundTo, int minimum, string widths)
    {
        var importance = Importance.Of(groups, new MagnitudeCriterion());
        var selection = ChannelSelector.Select(importance, new() { Ratio = ratio, RoundTo = roundTo, MinimumWidth = minimum });
        Assert.Equal(widths, string.Join(' ', groups.Prunable.Select(selection.WidthOf)));
        foreach (var group in groups.Prunable)
        {
            var scores = importance[group]!;
            var kept = selection.Kept(group);
            var removed = Enumerable.Range(0, group.Width).Except(kept).ToList();
            Assert.True(removed.Count == 0 || removed.Max(i => scores[i]) <= kept.Min(i => scores[i]));
        }
    }

    [Fact]
    public void Globally_the_least_important_go_first()
    {
        var importance = Importance.Of(groups, new MagnitudeCriterion());
        var selection = ChannelSelector.Select(importance, new() { Ratio = 0.5, Scope = PruningScope.Global });
        var all = groups.Prunable.SelectMany(g => Enumerable.Range(0, g.Width).Select(i => (Group: g, Channel: i, Score: importance[g]![i]))).ToList();
        var expected = all.OrderByDescending(c => c.Score).Take(12).Select(c => (c.Group.Name, c.Channel)).Order();
        Assert.Equal(expected, all.Where(c => selection.Kept(c.Group).Contains(c.Channel)).Select(c => (c.Group.Name, c.Channel)).Order());
    }

    [Theory]
    [InlineData(PruningScope.Global, PruningMeasure.Parameters, 0.4)]
    [InlineData(PruningScope.Global, PruningMeasure.Multiplications, 0.75)]
    [InlineData(PruningScope.PerGroup, PruningMeasure.Parameters, 0.6)]
    [InlineData(PruningScope.PerGroup, PruningMeasure.Multiplications, 0.5)]
    public void A_share_of_the_cost_is_reached_and_not_passed_by_much(PruningScope pruningScope, PruningMeasure measure, double ratio)
    {
        var selection = ChannelSelector.Select(
            Importance.Of(groups, new MagnitudeCriterion()), new() { Ratio = ratio, Scope = pruningScope, Measure = measure });
        var report = PruningReport.Of(selection);
        var left = measure == PruningMeasure.Parameters ? report.ParameterRatio : report.MultiplicationRatio;
        Assert.InRange(left, 1 - ratio - 0.1, 1 - ratio);

        // What the report says is what the smaller modules have.
        var smaller = Surgery.Shrink(selection);
        var parameters = model.modules().Sum(m => (smaller.TryGetValue(m, out var s) ? s : m).named_parameters(recurse: false).Sum(p => p.parameter.numel()));
        Assert.Equal(report.Root.ParametersAfter, parameters);
    }

    [Fact]
    public void Layers_are_excluded_and_given_ratios_by_name()
    {
        var selection = ChannelSelector.Select(
            Importance.Of(groups, new MagnitudeCriterion()),
            new() { Ratio = 0.5, Exclude = ["first"], GroupRatios = new Dictionary<string, double> { ["second.conv1"] = 0.8 } });
        // 'first' computes the channels of the stem's group too.
        Assert.Equal("8 6 2", string.Join(' ', groups.Prunable.Select(selection.WidthOf)));
    }

    [Fact]
    public void Residual_streams_can_stay()
    {
        var selection = ChannelSelector.Select(Importance.Of(groups, new MagnitudeCriterion()), new() { Ratio = 0.5, KeepResidualStreams = true });
        Assert.Equal("stem: 8, first.conv1: 3, second.conv1: 5", string.Join(", ", groups.Prunable.Select(g => $"{g.Name}: {selection.WidthOf(g)}")));
        Assert.Equal(["stem"], groups.All.Where(g => g.IsResidual).Select(g => g.Name));
    }

    [Theory]
    [InlineData("""{ "Ratio": 1 }""", "Ratio is 1; allowed: from 0 to less than 1")]
    [InlineData("""{ "Ratio": -0.1 }""", "Ratio is -0.1")]
    [InlineData("""{ "RoundTo": 0 }""", "RoundTo is 0")]
    [InlineData("""{ "MinimumWidth": 0 }""", "MinimumWidth is 0")]
    [InlineData("""{ "MaximumGroupRatio": 1.5 }""", "MaximumGroupRatio is 1.5")]
    [InlineData("""{ "GroupRatios": { "stem": 2 } }""", "GroupRatios[\"stem\"] is 2")]
    [InlineData("""{ "GroupRatios": { "stem2": 0.5 } }""", "StageNet has no group 'stem2'. Its groups: stem,")]
    [InlineData("""{ "GroupRatios": { "fc": 0.5 } }""", "'fc', which cannot lose channels: 'fc' is a result of the model")]
    [InlineData("""{ "Exclude": ["firs"] }""", "Exclude names 'firs', which is no module with channels of StageNet")]
    [InlineData("""{ "Ratio": 0.95, "Scope": "Global" }""", "at most 0.875 of the channels of StageNet can be removed")]
    [InlineData("""{ "Ratio": 0.9, "Measure": "Parameters", "MinimumWidth": 5 }""", "of the parameters of StageNet can be removed")]
    public void What_cannot_be_done_is_said(string json, string message)
    {
        var importance = Importance.Of(groups, new MagnitudeCriterion());
        var error = Assert.Throws<CompressionException>(() => ChannelSelector.Select(importance, SelectionOptions.FromJson(json)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_selection_says_what_it_cannot_keep()
    {
        var all = ChannelSelection.All(groups);
        var stem = groups["stem"];
        Check("Nothing would be left of 'stem'", stem, []);
        Check("'stem' has the channels 0 to 7; 8 is none", stem, [0, 8]);
        Check("'stem' has the channels 0 to 7; -1 is none", stem, [-1]);
        Check("The channel 3 of 'stem' is named twice", stem, [3, 3]);
        Check("'fc' cannot lose channels: 'fc' is a result of the model", groups["fc"], [0]);
        Check("another instance of it", ChannelGroups.Of(model)["stem"], [0]);

        void Check(string message, ChannelGroup group, int[] kept) =>
            Assert.Contains(message, Assert.Throws<CompressionException>(() => all.Keep(group, kept)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_read_as_they_were_written()
    {
        var options = new SelectionOptions { Ratio = 0.3, Scope = PruningScope.Global, Measure = PruningMeasure.Multiplications, RoundTo = 8, Exclude = ["a.b"] };
        Assert.Equal(options.ToJson(), SelectionOptions.FromJson(options.ToJson()).ToJson());
    }

    [Theory]
    [InlineData(ScheduleShape.Linear, 0.2, 0.4, 0.6, 0.8)]
    [InlineData(ScheduleShape.Cubic, 0.4625, 0.7, 0.7875, 0.8)]
    [InlineData(ScheduleShape.Geometric, 0.33126, 0.55279, 0.70093, 0.8)]
    public void Ratios_grow_to_the_last(ScheduleShape shape, params double[] expected)
    {
        var schedule = new PruningSchedule(0.8, 4, shape);
        for (var i = 0; i < 4; i++)
            Assert.Equal(expected[i], schedule.RatioAfter(i + 1), 1e-5);
        Assert.Throws<CompressionException>(() => schedule.RatioAfter(5));
        Assert.Throws<CompressionException>(() => new PruningSchedule(1, 4, shape).RatioAfter(1));
    }

    [Fact]
    public void The_report_is_a_tree()
    {
        var report = PruningReport.Of(ChannelSelector.Select(Importance.Of(groups, new MagnitudeCriterion()), new() { Ratio = 0.5 }));
        var lines = report.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.StartsWith("Module", lines[0], StringComparison.Ordinal);
        // 3·8·9 weights at 64 places; half of the filters are left.
        Assert.Contains(lines, l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["stem", "Conv2d", "3×8", "→", "3×4", "216", "→", "108", "13,824", "→", "6,912"]);
        Assert.Contains(lines, l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["conv2", "Conv2d", "10×8", "→", "5×4", ..]);
        Assert.Equal(model.parameters().Sum(p => p.numel()), report.Root.ParametersBefore);
    }
}
