using StickGen.Kinds;

namespace StickGen.Capture.Models;

/// <summary>A node of a pattern, or an input of it.</summary>
internal abstract record PatternOperand;

/// <summary>A value that the pattern does not look into.</summary>
/// <param name="Name">Its name; equal names are equal values.</param>
internal sealed record PatternInput(string Name) : PatternOperand;

/// <summary>An operation.</summary>
/// <param name="Kind">One of <see cref="NodeKinds"/>.</param>
/// <param name="Module">The name the module is bound to; a node that names one matches modules only.</param>
/// <param name="Operands">What it is applied to.</param>
internal sealed record PatternNode(string Kind, string? Module, EquatableArray<PatternOperand> Operands) : PatternOperand
{
    /// <summary>The number of nodes, which is the benefit of a rule that does not set one.</summary>
    public int NodeCount => 1 + Operands.OfType<PatternNode>().Sum(node => node.NodeCount);
}
