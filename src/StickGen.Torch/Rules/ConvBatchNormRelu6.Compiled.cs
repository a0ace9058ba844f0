using TorchSharp.Modules;

namespace StickGen.Rules;

public static partial class ConvBatchNormRelu6
{
    /// <summary>The compiled rule.</summary>
    public static RewriteRule Rule { get; } = new(
        "StickGen.Rules.ConvBatchNormRelu6",
        benefit: 3,
        pattern: "(relu6 (batch_norm2d:bn (conv2d:conv $x)))",
        where: static match => IsSupported(match.Module<Conv2d>("conv"), match.Module<BatchNorm2d>("bn")),
        replace: static (site, match) => With(site, match.Module<Conv2d>("conv"), match.Module<BatchNorm2d>("bn")));
}
