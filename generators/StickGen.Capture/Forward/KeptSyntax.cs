using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Forward;

/// <summary>
/// The statements that are kept as they are written. Which these are is found out by capturing: a statement in which something is not
/// understood is kept in the next round, and the one around it, if that does not help.
/// </summary>
internal sealed class KeptSyntax
{
    private readonly Dictionary<SyntaxNode, Failure> reasons = [];

    /// <summary>Whether any statement is kept.</summary>
    public bool IsEmpty => reasons.Count == 0;

    public bool Contains(SyntaxNode statement) => reasons.ContainsKey(statement);

    /// <summary>What is to be said of the statements that are kept, those inside of another one left out.</summary>
    public IEnumerable<Failure> Outermost() => reasons
        .Where(kept => !reasons.Keys.Any(other => other != kept.Key && other.SyntaxTree == kept.Key.SyntaxTree && other.Span.Contains(kept.Key.Span)))
        .Select(kept => kept.Value);

    /// <summary>Keeps the innermost statement around a problem that is not kept yet, and says whether there is one.</summary>
    public bool Add(Failure failure)
    {
        foreach (var statement in failure.Statements)
        {
            if (reasons.ContainsKey(statement))
                continue;

            // What made an inner statement one to keep is the reason for the outer one too.
            var inner = reasons.FirstOrDefault(reason => statement.SyntaxTree == reason.Key.SyntaxTree && statement.Span.Contains(reason.Key.Span));
            reasons.Add(statement, inner.Key is null ? failure : inner.Value);
            return true;
        }

        return false;
    }
}

/// <summary>Something that is not understood.</summary>
/// <param name="Rule">The rule that it breaks: one of its own, or that of all that is not captured.</param>
/// <param name="Place">Where.</param>
/// <param name="Reason">What, and why.</param>
/// <param name="Statements">The statements that it is in and that could be kept as they are written, innermost first.</param>
internal sealed record Failure(DiagnosticDescriptor Rule, SyntaxNode Place, string Reason, SyntaxNode[] Statements)
{
    /// <summary>The static helper that it is in, if it is in one that was run in place: the outermost, which can be called instead.</summary>
    public ISymbol? Helper { get; init; }

    /// <summary>The variable that the replay would have to follow.</summary>
    public ISymbol? Variable { get; init; }

    /// <summary>The list of tensors that would have to be one in the emitted code.</summary>
    public ISymbol? List { get; init; }
}
