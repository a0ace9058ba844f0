using StickGen.Compression;
using StickGen.Rules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Replaces the convolutions of a model by Ghost modules (Han et al. 2020), with the batch normalization and the ReLU that follow them. The
/// result is a pruned variant: it is trained further, pruned, quantized and deployed like any other.
/// </summary>
/// <param name="options">Which convolutions, and by what.</param>
public sealed class GhostReplacement(GhostReplacementOptions? options = null) : ModuleReplacement
{
    private readonly GhostReplacementOptions options = options ?? new();

    /// <inheritdoc/>
    public override string Name => "Ghost";

    /// <inheritdoc/>
    protected override IReadOnlyList<ModuleRule> Rules =>
    [
        Rule("ConvBatchNormRelu", "(relu (batch_norm2d:norm (conv2d:conv $x)))", hasRelu: true),
        Rule("ConvBatchNorm", "(batch_norm2d:norm (conv2d:conv $x))", hasRelu: false),
        Rule("ConvRelu", "(relu (conv2d:conv $x))", hasRelu: true),
        Rule("Conv", "(conv2d:conv $x)", hasRelu: false),
    ];

    /// <inheritdoc/>
    protected override ReplacementPolicy Policy => options.Policy;

    /// <inheritdoc/>
    protected override void Validate() => options.Validate();

    private ModuleRule Rule(string name, string pattern, bool hasRelu) => new(
        "StickGen.Pruning.Ghost" + name, pattern, match => IsReplaced(match.Module<Conv2d>("conv")), match => Replace(match, hasRelu));

    private bool IsReplaced(Conv2d conv) =>
        conv.in_channels >= options.MinimumInputs && conv.groups == 1
        && (options.IncludePointwise || conv.kernel_size.Any(size => size > 1))
        && GhostConv2d.WhyNot(conv, options.Ghost) is null;

    private Dictionary<nn.Module, nn.Module> Replace(RuleMatch match, bool hasRelu)
    {
        var (conv, norm) = (match.Module<Conv2d>("conv"), match.FindModule<BatchNorm2d>("norm"));
        var takesNorm = options.Ghost.BatchNorm && norm is not null;
        // A batch normalization that stays where it is has its ReLU after it.
        var ghost = options.Ghost with { BatchNorm = takesNorm, Relu = options.Ghost.Relu && hasRelu && (takesNorm || norm is null) };
        var result = new Dictionary<nn.Module, nn.Module> { [conv] = GhostConv2d.InPlaceOf(conv, ghost, norm, options.KeepWeights) };
        if (ghost.BatchNorm)
            result.Add(norm!, nn.Identity());
        // A ReLU that is a function stays: of what is not negative already it changes nothing.
        if (ghost.Relu && match.ModuleOfLast is ReLU relu)
            result.Add(relu, nn.Identity());
        return result;
    }
}
