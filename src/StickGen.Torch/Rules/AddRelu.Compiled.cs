namespace StickGen.Rules;

public static partial class AddRelu
{
    /// <summary>The compiled rule.</summary>
    public static RewriteRule Rule { get; } = new(
        "StickGen.Rules.AddRelu",
        benefit: 2,
        pattern: "(relu (add $x $y))",
        where: null,
        replace: static (site, _) => With(site));
}
