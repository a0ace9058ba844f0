namespace StickGen.Matching;

/// <summary>A part of a pattern, which stands for a value.</summary>
internal abstract class PatternPart;

/// <summary>A value that the pattern does not look into.</summary>
/// <param name="name">Its name: equal names are equal values; <c>_</c> is any value each time.</param>
internal sealed class PatternInput(string name) : PatternPart
{
    public const string Any = "_";

    public string Name { get; } = name;
}

/// <summary>All operands of a node that reads a list.</summary>
/// <param name="name">Its name.</param>
internal sealed class PatternList(string name) : PatternPart
{
    public string Name { get; } = name;
}

/// <summary>An operation.</summary>
/// <param name="kind">One of the kinds of nodes.</param>
/// <param name="module">The name that the module is bound to; a node that names one matches modules only.</param>
/// <param name="settings">What its settings have to be, or are captured as.</param>
/// <param name="operands">What it is applied to.</param>
internal sealed class PatternCall(string kind, string? module, PatternSetting[] settings, PatternPart[] operands) : PatternPart
{
    public string Kind { get; } = kind;

    public string? Module { get; } = module;

    public PatternSetting[] Settings { get; } = settings;

    public PatternPart[] Operands { get; } = operands;
}

/// <summary>One of several parts, tried in order. An optional node is one with the alternative of its operand.</summary>
/// <param name="parts">The alternatives.</param>
internal sealed class PatternAlternatives(PatternPart[] parts) : PatternPart
{
    public PatternPart[] Parts { get; } = parts;
}

/// <summary>Any number of functions of each element, one after another; none too.</summary>
/// <param name="operand">What the first one is applied to.</param>
internal sealed class PatternChain(PatternPart operand) : PatternPart
{
    public PatternPart Operand { get; } = operand;
}
