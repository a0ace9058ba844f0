using TorchSharp.Modules;

namespace StickGen.Rules;

public static partial class ConvRelu
{
    /// <summary>The compiled rule.</summary>
    public static RewriteRule Rule { get; } = new(
        "StickGen.Rules.ConvRelu",
        benefit: 2,
        pattern: "(relu (conv2d:conv $x))",
        where: static match => IsSupported(match.Module<Conv2d>("conv")),
        replace: static (site, match) => With(site, match.Module<Conv2d>("conv")));
}
