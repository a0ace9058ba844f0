using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Rules;

/// <summary>Reads a rule class: its declaration, its methods and its pattern.</summary>
internal sealed class RuleParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private readonly KnownTypes known = KnownTypes.Of(compilation);

    public CapturedRule? Parse()
    {
        _ = known;
        if (!type.IsStatic || DeclarationChecks.NotPartial(type, cancellationToken).Any())
            problems.Add(Descriptors.RuleNotStaticPartial, DeclarationChecks.NameLocation(type, cancellationToken), type.Name, "static and partial");
        return null;
    }
}
