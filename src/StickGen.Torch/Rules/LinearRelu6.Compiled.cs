using TorchSharp.Modules;

namespace StickGen.Rules;

public static partial class LinearRelu6
{
    /// <summary>The compiled rule.</summary>
    public static RewriteRule Rule { get; } = new(
        "StickGen.Rules.LinearRelu6",
        benefit: 2,
        pattern: "(relu6 (linear:linear $x))",
        where: null,
        replace: static (site, match) => With(site, match.Module<Linear>("linear")));
}
