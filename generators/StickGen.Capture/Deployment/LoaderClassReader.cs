using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Deployment;

/// <summary>Reads a <c>[DeployedModel]</c> class, and says what of its declaration stands in the way of a loader.</summary>
internal static class LoaderClassReader
{
    /// <summary>The attribute that marks a loader class.</summary>
    public const string AttributeName = "StickGen.DeployedModelAttribute";

    /// <summary>The property of a problem that names the modifier to remove.</summary>
    public const string ModifierProperty = "Modifier";

    private const string RuntimeTypeName = "StickGen.Deployment.QuantizedModel";

    /// <summary>Whether emitted loaders have the library they stand on.</summary>
    public static bool HasRuntime(Compilation compilation) => !compilation.GetTypesByMetadataName(RuntimeTypeName).IsEmpty;

    /// <summary>The class without its symbol.</summary>
    public static LoaderClass Read(INamedTypeSymbol symbol, AttributeData attribute) => new(
        attribute.ConstructorArguments.FirstOrDefault().Value is string name ? name : "",
        TypeIdentityParser.Parse(symbol),
        Members(symbol).Distinct().OrderBy(key => key, StringComparer.Ordinal).ToEquatableArray(),
        !string.IsNullOrEmpty(symbol.GetDocumentationCommentXml()));

    /// <summary>The reasons why nothing can be emitted into the class.</summary>
    public static IEnumerable<CaptureProblem> Problems(INamedTypeSymbol symbol, CancellationToken cancellationToken)
    {
        foreach (var type in DeclarationChecks.NotPartial(symbol, cancellationToken))
            yield return Problem(DeployedModelDiagnostics.LoaderNotPartial, type, symbol.Name, type.Name);
        if (Obstacle(symbol) is var (what, advice, modifier))
        {
            var problem = Problem(DeployedModelDiagnostics.LoaderShapeUnsupported, symbol, symbol.Name, what, advice);
            yield return problem with { Properties = problem.Properties.Add(ModifierProperty, modifier) };
        }

        CaptureProblem Problem(DiagnosticDescriptor descriptor, INamedTypeSymbol type, params string[] arguments) =>
            new(descriptor, DeclarationChecks.NameLocation(type, cancellationToken) ?? Location.None, [.. arguments]);
    }

    /// <summary>The declared member of a key, which an emitted member clashes with.</summary>
    public static ISymbol? Member(INamedTypeSymbol symbol, string key) =>
        symbol.GetMembers().FirstOrDefault(member => !GeneratedMembers.IsGenerated(member) && MemberKey.Of(member) == key);

    private static (string What, string Advice, string? Modifier)? Obstacle(INamedTypeSymbol symbol)
    {
        if (symbol.IsStatic)
            return ("static", "the loader is an object that holds the model, so remove 'static'", "static");
        if (symbol.IsAbstract)
            return ("abstract", "Load creates an instance, so remove 'abstract'", "abstract");
        if (symbol.IsRecord)
            return ("a record", "copies of a record would share one model, so make it a class", null);
        if (DeclarationChecks.FileLocal(symbol) is not null)
            return ("local to its file", "the loader is emitted into another file, so remove 'file'", "file");
        if (symbol.InstanceConstructors.Any(IsPrimary))
            return ("declared with a primary constructor", "Load creates the instance, so declare the class without parameters", null);
        if (symbol.BaseType is { InstanceConstructors: var constructors } && !constructors.Any(IsCallableWithoutArguments))
            return ("derived from a class that has no parameterless constructor", "Load creates the instance, so derive it from another class", null);
        if (Hierarchy(symbol).SelectMany(type => type.GetMembers()).Any(member => member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }))
            return ("declared with required members", "Load creates the instance and cannot set them, so remove 'required'", null);
        return null;
    }

    private static bool IsPrimary(IMethodSymbol constructor) =>
        constructor.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax() is TypeDeclarationSyntax);

    private static bool IsCallableWithoutArguments(IMethodSymbol constructor) =>
        constructor.DeclaredAccessibility != Accessibility.Private && constructor.Parameters.All(p => p.IsOptional || p.IsParams);

    /// <summary>What the user declared: the emitted part, which an analyzer sees as well, is left out.</summary>
    private static IEnumerable<string> Members(INamedTypeSymbol symbol)
    {
        foreach (var member in symbol.GetMembers())
        {
            if (!member.IsImplicitlyDeclared && !GeneratedMembers.IsGenerated(member))
                yield return MemberKey.Of(member);
        }

        foreach (var parameter in symbol.TypeParameters)
            yield return parameter.Name;
        foreach (var member in Hierarchy(symbol).Skip(1).SelectMany(type => type.GetMembers()))
        {
            if (member is { DeclaredAccessibility: not Accessibility.Private, IsImplicitlyDeclared: false } and not IMethodSymbol { MethodKind: MethodKind.Constructor })
                yield return MemberKey.Of(member);
        }
    }

    /// <summary>The class and its bases without <see cref="object"/>.</summary>
    private static IEnumerable<INamedTypeSymbol> Hierarchy(INamedTypeSymbol symbol)
    {
        for (var type = symbol; type is not null && type.SpecialType != SpecialType.System_Object; type = type.BaseType)
            yield return type;
    }
}
