namespace StickGen.Capture.Models;

/// <summary>
/// C# code with holes. It is written twice: in a trainable variant's <c>forward</c>, on tensors, and in the replay, on
/// symbolic tensors whose shapes are dimensions.
/// </summary>
/// <param name="Forward">The code in <c>forward</c>.</param>
/// <param name="Replay">The code in the replay, or <see langword="null"/> if it cannot be evaluated there.</param>
/// <param name="IsDimension">Whether it is computed from a shape, and so is a dimension in the replay.</param>
internal sealed record CapturedExpression(
    EquatableArray<CodePart> Forward, EquatableArray<CodePart>? Replay, bool IsDimension)
{
    /// <summary>Code that is the same in both places.</summary>
    public static CapturedExpression Of(params CodePart[] parts)
    {
        var code = new EquatableArray<CodePart>(parts);
        return new(code, code, false);
    }

    /// <summary>The same code where the replay cannot evaluate it.</summary>
    public CapturedExpression WithoutReplay() => this with { Replay = null, IsDimension = false };

    /// <summary>Whether it is what the module holds, which the replay has as it is, and no value of the graph.</summary>
    public bool IsHeld => Replay is not null && Forward.All(part => part.Kind != CodePartKind.Value);

    /// <summary>The values that <c>forward</c> reads, each once, in order.</summary>
    public IEnumerable<int> ForwardValues =>
        Forward.Where(part => part.Kind == CodePartKind.Value).Select(part => part.Value).Distinct();
}

/// <summary>A piece of code.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Text">The code, or the name of a member or local.</param>
/// <param name="Value">The number of the value.</param>
internal readonly record struct CodePart(CodePartKind Kind, string Text, int Value = -1)
{
    /// <summary>Code as it is.</summary>
    public static CodePart Code(string text) => new(CodePartKind.Code, text);

    /// <summary>A value of the graph.</summary>
    public static CodePart ValueOf(int value) => new(CodePartKind.Value, "", value);
}

/// <summary>What a <see cref="CodePart"/> stands for.</summary>
internal enum CodePartKind
{
    /// <summary>Code as it is.</summary>
    Code,

    /// <summary>The module that is compressed: <c>model</c> in the replay, <c>origin</c> in a variant.</summary>
    Original,

    /// <summary>The running module: <c>model</c> in the replay, the variant itself in a variant.</summary>
    Running,

    /// <summary>A module, parameter or buffer of the running module, by member name.</summary>
    Member,

    /// <summary>A value of the graph, by number.</summary>
    Value,

    /// <summary>A captured local, by name.</summary>
    Local,

    /// <summary>A compressible class, as code refers to it: in a variant, its variant.</summary>
    Variant,
}
