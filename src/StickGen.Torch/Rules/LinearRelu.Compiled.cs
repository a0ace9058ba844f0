using TorchSharp.Modules;

namespace StickGen.Rules;

public static partial class LinearRelu
{
    /// <summary>The compiled rule.</summary>
    public static RewriteRule Rule { get; } = new(
        "StickGen.Rules.LinearRelu",
        benefit: 2,
        pattern: "(relu (linear:linear $x))",
        where: null,
        replace: static (site, match) => With(site, match.Module<Linear>("linear")));
}
