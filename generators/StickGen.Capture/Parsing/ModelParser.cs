using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads a module class: first its declaration, then its modules, then its <c>forward</c>.</summary>
internal sealed class ModelParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private readonly KnownTypes known = KnownTypes.Of(compilation);

    public CapturedModel? Parse()
    {
        CheckDeclaration();
        return null;
    }

    private Location? TypeLocation => DeclarationChecks.NameLocation(type, cancellationToken);

    private void CheckDeclaration()
    {
        if (DeclarationChecks.FileLocal(type) is { } fileLocal)
            problems.Add(Descriptors.FileLocal, TypeLocation, fileLocal.Name);
        foreach (var notPartial in DeclarationChecks.NotPartial(type, cancellationToken))
        {
            problems.Add(
                Descriptors.NotPartial, DeclarationChecks.NameLocation(notPartial, cancellationToken), type.Name, notPartial.Name);
        }

        if (!known.IsModule(type))
            problems.Add(Descriptors.NotAModule, TypeLocation, type.Name, "it does not derive from a TorchSharp module");
    }
}
