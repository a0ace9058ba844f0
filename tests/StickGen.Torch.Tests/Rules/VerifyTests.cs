using StickGen.Compression;
using StickGen.Rules;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static StickGen.Rules.Patterns;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using Activation = StickGen.Operations.Activation;

namespace StickGen.Torch.Tests.Rules;

/// <summary>The check that is emitted on each rule.</summary>
public sealed partial class VerifyTests
{
    public static TheoryData<string> Names => [.. Generated.VisibleRules.All.Select(r => r.Name).Where(n => !n.Contains(nameof(VerifyTests), StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_rule_computes_what_its_pattern_computes(string name)
    {
        var rule = Generated.VisibleRules.All.Single(r => r.Name == name);
        for (var seed = 0; seed < 5; seed++)
            RuleVerification.Verify(rule, seed);
    }

    [Fact]
    public void It_is_emitted_on_the_rule() => ConvRelu.Verify(seed: 1);

    [Fact]
    public void A_wrong_activation_is_found()
    {
        var error = Assert.Throws<CompressionException>(() => Enumerable.Range(0, 5).ToList().ForEach(WrongActivation.Verify));
        Assert.StartsWith("WrongActivation.Verify(", error.Message, StringComparison.Ordinal);
        Assert.Contains("they differ by", error.Message, StringComparison.Ordinal);
        Assert.Contains("linear", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_forgotten_optional_node_is_found()
    {
        var error = Assert.Throws<CompressionException>(() => Enumerable.Range(0, 5).ToList().ForEach(ForgottenNorm.Verify));
        Assert.Contains("batch_norm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_that_never_holds_is_an_error()
    {
        var rule = new RewriteRule("My.Never", 1, "(linear:fc $x)", _ => false, (site, m) => new LinearUnit(site, m.Module<Linear>("fc")));
        var error = Assert.Throws<CompressionException>(() => RuleVerification.Verify(rule, 3));
        Assert.Equal("Never.Verify(3): of 200 random instances none fits the rule. The last: its condition does not hold", error.Message);
    }

    [Theory]
    [InlineData("(concat dim=@axis $*parts)")]
    [InlineData("(relu6 (~ (sub number=1 numberFirst=1 (mul number=0.5 $x))))")]
    [InlineData("(div number=6 (mul (relu6 (add_scaled number=3 $x)) $x))")]
    [InlineData("(add (| (conv1d:c $x) (conv_transpose1d:c $x)) $_)")]
    [InlineData("(clamp min=-1 max=none (softplus beta=@b threshold=20 (gelu approximate=tanh $x)))")]
    [InlineData("(leaky_relu:act (batch_norm1d:bn $x))")]
    public void Patterns_can_be_made_from_text(string pattern)
    {
        var rule = new RewriteRule("My.Parts", 1, pattern, null, (site, _) => [.. Enumerable.Range(0, site.Nodes.Count).Select(i => site.DefaultUnit(i))]);
        for (var seed = 0; seed < 3; seed++)
            RuleVerification.Verify(rule, seed);
    }

#pragma warning disable STK0111 // These rules are wrong, and are to fit no model.
    /// <summary>Takes a ReLU6 for a ReLU.</summary>
    [RewriteRule(Benefit = 1)]
    internal static partial class WrongActivation
    {
        [Match]
        private static Tensor Pattern(Tensor x, Linear linear) => relu6(relu6(linear.forward(x)));

        [Replace]
        private static Unit With(Site site, Linear linear) => new LinearUnit(site, linear, Activation.Relu);
    }

    /// <summary>Leaves the batch normalization out.</summary>
    [RewriteRule(Benefit = 1)]
    internal static partial class ForgottenNorm
    {
        [Match]
        private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn)
        {
            var y = conv.forward(x);
            return relu6(relu6(Optional(bn.forward(y), y)));
        }

        [Where]
        private static bool IsSimple(Conv2d conv) => conv.padding_mode == PaddingModes.Zeros;

        [Replace]
        private static Unit With(Site site, Conv2d conv) => new ConvUnit(site, conv, Activation.Relu6);
    }
#pragma warning restore STK0111
}
