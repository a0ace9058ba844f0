using StickGen.Compression;
using StickGen.Rules;
using StickGen.Torch.Tests.Models;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Rules;

/// <summary>What a report says about rules that were not applied.</summary>
public sealed class MatchReportTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_rule_that_was_applied_is_no_miss()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Null(variant.State.Matches.WhyNot(AddRelu.Rule));
        Assert.Null(variant.State.Matches.WhyNot(ConvBatchNormRelu.Rule, "relu"));
        variant.State.Matches.ExpectMatches(ConvBatchNormRelu.Rule, 1);
        variant.State.Matches.ExpectMatches(LinearRelu.Rule, 0);
    }

    [Fact]
    public void The_nearest_miss_names_node_and_reason()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var matches = variant.State.Matches;

        var miss = matches.WhyNot(ConvRelu.Rule, "relu")!;
        Assert.Equal(("bn1", 1), (miss.Node, miss.MatchedNodes));
        Assert.Equal("'bn1': it is 'batch_norm2d', and the pattern wants 'conv2d'", miss.Reason);

        Assert.Equal("ResidualNet.cs", miss.File);
        var source = File.ReadAllLines(Path.Combine(Repository(), "tests/StickGen.Torch.Tests/Models/ResidualNet.cs"));
        Assert.Equal(miss.Statement, source[miss.Line!.Value - 1].Trim());
        Assert.Equal($"at 'bn1' (ResidualNet.cs({miss.Line}): {miss.Statement}), where 1 nodes fit: {miss.Reason}", miss.ToString());

        miss = matches.WhyNot(ConvBatchNorm.Rule, "bn1")!;
        Assert.Equal(2, miss.MatchedNodes);
        Assert.Equal("the rule StickGen.Rules.ConvBatchNormRelu was applied to conv1, bn1, relu", miss.Reason);

        var hidden = new RewriteRule("My.Hidden", 1, "(linear:fc $x)", null, (site, m) => new LinearUnit(site, m.Module<Linear>("fc")));
        Assert.StartsWith("the rule is not visible where ", matches.WhyNot(hidden)!.Reason, StringComparison.Ordinal);
        Assert.Contains("conv1", Assert.Throws<ArgumentException>(() => matches.WhyNot(hidden, "nowhere")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_that_is_not_met_lists_matches_and_misses()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var error = Assert.Throws<CompressionException>(() => variant.State.Matches.ExpectMatches(ConvBatchNormRelu.Rule, 2));
        var lines = error.Message.Split('\n');
        Assert.Equal("The rule ConvBatchNormRelu was expected to be applied 2 times, and was 1 times.", lines[0]);
        Assert.Equal("  StickGen.Rules.ConvBatchNormRelu(conv1, bn1, relu): applied", lines[1]);
        Assert.StartsWith("  nearest: at '", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_rules_there_is_no_match()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization(new() { EnableFusion = false }).Apply(model);
        Assert.Equal("the algorithm applies no rules (EnableFusion is false)", variant.State.Matches.WhyNot(AddRelu.Rule)!.Reason);
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "StickGen.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        return folder;
    }
}
