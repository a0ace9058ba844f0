using StickGen.Compression;
using StickGen.Matching;
using StickGen.Rules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// A rewrite rule that replaces modules of a model by others, before any algorithm is applied. Its pattern is that of a
/// <see cref="RewriteRule"/>; what it returns are modules instead of a unit.
/// </summary>
public sealed class ModuleRule
{
    /// <param name="name">A name, for messages.</param>
    /// <param name="pattern">The pattern as text, such as <c>(relu (batch_norm2d:norm (conv2d:conv $x)))</c>.</param>
    /// <param name="where">Evaluated on the live modules; <see langword="null"/> for always.</param>
    /// <param name="replace">
    /// For modules of the match what takes their places: new modules with the same signature, or an <c>Identity</c>. A module that it does not
    /// return stays, as do functions.
    /// </param>
    /// <exception cref="FormatException">The pattern is malformed; the message says where.</exception>
    public ModuleRule(string name, string pattern, Func<RuleMatch, bool>? where, Func<RuleMatch, IReadOnlyDictionary<nn.Module, nn.Module>> replace)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(replace);
        (Name, Where, Replace, Form) = (name, where, replace, RewriteRule.Parse(pattern));
    }

    /// <param name="name">A name, for messages.</param>
    /// <param name="pattern">The pattern as text.</param>
    /// <param name="where">Evaluated on the live modules; <see langword="null"/> for always.</param>
    /// <param name="replace">The module that takes the place of all modules of the match: of the first, and the others become an <c>Identity</c>. Functions stay.</param>
    /// <exception cref="FormatException">The pattern is malformed; the message says where.</exception>
    public ModuleRule(string name, string pattern, Func<RuleMatch, bool>? where, Func<RuleMatch, nn.Module> replace)
        : this(name, pattern, where, match => Whole(match, replace))
    {
        ArgumentNullException.ThrowIfNull(replace);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The pattern as text.</summary>
    public string Pattern => Form.Text;

    internal RulePattern Form { get; }

    internal Func<RuleMatch, bool>? Where { get; }

    internal Func<RuleMatch, IReadOnlyDictionary<nn.Module, nn.Module>> Replace { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Pattern}";

    private static Dictionary<nn.Module, nn.Module> Whole(RuleMatch match, Func<RuleMatch, nn.Module> replace)
    {
        var made = replace(match);
        return match.Modules.Select((module, i) => (module, i)).ToDictionary(m => m.module, m => m.i == 0 ? made : nn.Identity());
    }
}
