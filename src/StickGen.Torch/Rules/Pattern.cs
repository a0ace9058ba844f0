namespace StickGen.Rules;

/// <summary>A part of a pattern.</summary>
internal abstract record PatternNode;

/// <summary>A tensor from outside.</summary>
internal sealed record PatternInput(string Name) : PatternNode;

/// <summary>An operation on the values of its operands.</summary>
/// <param name="Kind">The kind of node.</param>
/// <param name="Module">The name of the module that computes it, if the pattern names one.</param>
/// <param name="Operands">The tensor operands, in order.</param>
internal sealed record PatternCall(string Kind, string? Module, PatternNode[] Operands) : PatternNode;
