using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Advice;

/// <summary>What can be told of the members of a class: when they are registered, and what they are.</summary>
internal static class MemberAdvice
{
    /// <summary>The generic collections of the framework that people keep modules in, and what is registered in place of them.</summary>
    private static readonly HashSet<string> Lists = new(StringComparer.Ordinal)
    {
        "List", "IList", "IReadOnlyList", "ICollection", "IReadOnlyCollection", "IEnumerable", "HashSet", "ISet", "Queue", "Stack", "LinkedList", "ImmutableArray", "ImmutableList",
    };

    private static readonly HashSet<string> Dictionaries = new(StringComparer.Ordinal)
    {
        "Dictionary", "IDictionary", "IReadOnlyDictionary", "SortedDictionary", "ConcurrentDictionary", "ImmutableDictionary",
    };

    public static void Add(CaptureContext context, IEnumerable<ModuleField> modules)
    {
        var registersByHand = Declarations(context).SelectMany(Invocations.In).Any(call => Invocations.NameOf(call) == "register_module");
        foreach (var field in context.Type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic))
        {
            var member = field.AssociatedSymbol as IPropertySymbol ?? (ISymbol)field;
            if (!member.CanBeReferencedByName || member.Locations.FirstOrDefault() is not { IsInSource: true } place)
                continue;
            if (!registersByHand && Registered(field.Type, context.Known) is { } better)
                context.Problems.Add(Descriptors.ModuleCollection, place, context.Type.Name, member.Name, Called(field.Type), better);
            if (KnownTypes.FindAttribute(member, KnownTypes.KeepFloatAttribute) is null && NotCompressible(field.Type, context) is { } child)
                Child(context, place, member, child);
        }

        SetTooLate(context, new(modules.Select(module => module.Name).Concat(context.States.Keys), StringComparer.Ordinal));
    }

    /// <summary>What registers the modules of a collection that is none.</summary>
    private static string? Registered(ITypeSymbol type, KnownTypes known) => type switch
    {
        IArrayTypeSymbol { Rank: 1, ElementType: var element } when known.IsModule(element) => $"ModuleList<{Display(element)}>",
        INamedTypeSymbol { TypeArguments: { Length: 1 } arguments, Name: var name } when Lists.Contains(name) && known.IsModule(arguments[0]) && IsFramework(type) =>
            $"ModuleList<{Display(arguments[0])}>",
        INamedTypeSymbol { TypeArguments: { Length: 2 } arguments, Name: var name } when Dictionaries.Contains(name) && known.IsModule(arguments[1]) && IsFramework(type) =>
            $"ModuleDict<{Display(arguments[1])}>",
        _ => null,
    };

    private static bool IsFramework(ITypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString().StartsWith("System.Collections", StringComparison.Ordinal) == true;

    private static string Called(ITypeSymbol type) => type is IArrayTypeSymbol ? "arrays" : $"'{Display(type)}'";

    private static string Display(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    /// <summary>The class of a member, or of the modules in its list, that has a forward to capture and is not marked.</summary>
    private static INamedTypeSymbol? NotCompressible(ITypeSymbol type, CaptureContext context)
    {
        type = ModuleTypes.ElementOfList(type) ?? ModuleTypes.CapturedClassOf(type);
        return type is INamedTypeSymbol { TypeKind: TypeKind.Class, IsAbstract: false } named
            && !context.Known.IsTorch(named)
            && context.Known.IsModule(named)
            && !ModuleTypes.IsCompressible(named)
            && !GeneratedMembers.IsGenerated(named)
            && !IsEmitted(named)
                ? named
                : null;
    }

    /// <summary>Whether it is a variant of a class, which analyzers see and the generator does not.</summary>
    private static bool IsEmitted(INamedTypeSymbol type) => type.ContainingType is { } container && ModuleTypes.IsCompressible(container);

    private static void Child(CaptureContext context, Location place, ISymbol member, INamedTypeSymbol child)
    {
        var declaration = child.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault();
        var isOwn = declaration is not null && context.Compilation.ContainsSyntaxTree(declaration.SyntaxTree)
            && ForwardParser.FindForward(child.OriginalDefinition, context.Known) is not null;
        context.Problems.Add(new CaptureProblem(Descriptors.ChildNotCompressible, place, [context.Type.Name, member.Name, child.Name])
        {
            Declaration = isOwn ? DeclarationChecks.NameLocation(child.OriginalDefinition, context.CancellationToken) : null,
        });
    }

    /// <summary>Members that a constructor sets below its call of RegisterComponents, or that only a base class's constructor registers, before.</summary>
    private static void SetTooLate(CaptureContext context, HashSet<string> members)
    {
        var isRegisteredByBase = IsRegisteredByBase(context);
        foreach (var constructor in Declarations(context).SelectMany(declaration => declaration.Members).OfType<ConstructorDeclarationSyntax>())
        {
            var call = constructor.DescendantNodes().OfType<InvocationExpressionSyntax>().FirstOrDefault(call => Invocations.NameOf(call) == "RegisterComponents");
            if (call is null && !isRegisteredByBase)
                continue;
            var from = isRegisteredByBase ? constructor.SpanStart : call!.Span.End;
            foreach (var assignment in constructor.DescendantNodes(node => node is not AnonymousFunctionExpressionSyntax).OfType<AssignmentExpressionSyntax>())
            {
                if (assignment.SpanStart > from && Assigned(assignment) is { } member && members.Contains(member) && IsOwn(context, member))
                    context.Problems.Add(Descriptors.RegisteredTooEarly, assignment.Left.GetLocation(), context.Type.Name, member);
            }
        }
    }

    private static string? Assigned(AssignmentExpressionSyntax assignment) => assignment.Left switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: IdentifierNameSyntax name } => name.Identifier.ValueText,
        _ => null,
    };

    private static bool IsOwn(CaptureContext context, string member) => context.Type.GetMembers(member).Any(symbol => symbol is IFieldSymbol or IPropertySymbol);

    /// <summary>Whether the constructor of a base class registers, which it does for all fields of the object, and only once.</summary>
    private static bool IsRegisteredByBase(CaptureContext context)
    {
        for (var type = context.Type.BaseType; type is not null && !context.Known.IsTorch(type); type = type.BaseType)
        {
            var constructors = DeclarationChecks.Declarations(type, context.CancellationToken)
                .SelectMany(declaration => declaration.Members).OfType<ConstructorDeclarationSyntax>().ToArray();
            if (constructors.Length > 0 && constructors.All(constructor => constructor.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call => Invocations.NameOf(call) == "RegisterComponents")))
                return true;
        }

        return false;
    }

    private static IEnumerable<TypeDeclarationSyntax> Declarations(CaptureContext context) =>
        DeclarationChecks.Declarations(context.Type, context.CancellationToken);
}
