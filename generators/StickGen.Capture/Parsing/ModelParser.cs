using Microsoft.CodeAnalysis;
using StickGen.Capture.Advice;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads a module class: first its declaration, then its modules, then its <c>forward</c>.</summary>
internal sealed class ModelParser(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, bool advise, CancellationToken cancellationToken)
{
    private readonly KnownTypes known = KnownTypes.Of(compilation);

    public CapturedModel? Parse()
    {
        var variants = ReadVariants();
        CheckDeclaration(variants);
        if (!known.IsModule(type))
        {
            problems.Add(Descriptors.NotAModule, TypeLocation, type.Name, "it does not derive from a TorchSharp module");
            return null;
        }

        var context = new CaptureContext(type, compilation, problems, cancellationToken);
        var (modules, states) = new MemberParser(context).Parse();
        if (modules.Count + states.Count > 0 && !RegistrationCheck.IsRegistered(context))
            problems.Add(Descriptors.NotRegistered, TypeLocation, type.Name);
        if (advise)
            MemberAdvice.Add(context, modules);
        if (ForwardParser.FindForward(type, known) is not { } forward)
        {
            problems.Add(Descriptors.NotAModule, TypeLocation, type.Name, "it has no override of forward with a body");
            return null;
        }

        var shapes = InputShapeParser.Parse(type, forward, known, problems, cancellationToken);
        if (advise)
            ForwardAdvice.Add(context, forward);
        if (new ForwardParser(context, variants, advise).Parse(forward, shapes) is not var (signature, body))
            return null;
        if (variants.HasFlag(EmittedVariants.Pruned) && modules.FirstOrDefault(module => module.HasHiddenType) is { } hidden)
        {
            problems.Add(
                Descriptors.NotCaptured, TypeLocation, type.Name,
                $"the type of its member '{hidden.Name}' is private, and X.Pruned shows it to X.FakeQuantized: make it internal, or emit no pruned variant");
            return null;
        }

        return new(
            TypeIdentityParser.Parse(type), variants, FindBaseModel(), InheritedNames(variants), signature, modules, states,
            context.CapturedParameters.Values.ToEquatableArray(), body)
        {
            Functions = context.Functions.Written.ToEquatableArray(),
            WrittenFields = context.WrittenFields.Values.ToEquatableArray(),
            StoresTensors = context.StoresTensors,
            ExtensionNamespaces = context.ExtensionNamespaces.ToEquatableArray(),
            SourceFile = FileName(context.Mark?.SyntaxTree.FilePath ?? ""),
        };
    }

    private static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);

    private Location? TypeLocation => DeclarationChecks.NameLocation(type, cancellationToken);

    private void CheckDeclaration(EmittedVariants variants)
    {
        if (DeclarationChecks.FileLocal(type) is { } fileLocal)
            problems.Add(Descriptors.FileLocal, TypeLocation, fileLocal.Name);
        foreach (var notPartial in DeclarationChecks.NotPartial(type, cancellationToken))
        {
            problems.Add(
                Descriptors.NotPartial, DeclarationChecks.NameLocation(notPartial, cancellationToken), type.Name, notPartial.Name);
        }

        foreach (var name in VariantNames.Of(variants))
        {
            if (type.GetMembers(name).FirstOrDefault(member => !GeneratedMembers.IsGenerated(member)) is { } member)
                problems.Add(Descriptors.MemberClash, member.Locations.FirstOrDefault(), type.Name, name);
            else if (type.Name == name || type.TypeParameters.Any(parameter => parameter.Name == name))
                problems.Add(Descriptors.MemberClash, TypeLocation, type.Name, name);
        }
    }

    private EmittedVariants ReadVariants()
    {
        foreach (var argument in KnownTypes.FindAttribute(type, KnownTypes.CompressibleAttribute)?.NamedArguments ?? [])
        {
            if (argument is { Key: "Emit", Value.Value: int variants })
                return (EmittedVariants)variants & (EmittedVariants.Quantized | EmittedVariants.Pruned);
        }

        return EmittedVariants.Quantized;
    }

    private EquatableArray<string> InheritedNames(EmittedVariants variants) =>
        VariantNames.Of(variants).Where(name => Bases().Any(@base => @base.GetMembers(name).Any(IsAccessible))).ToEquatableArray();

    private bool IsAccessible(ISymbol member) =>
        !GeneratedInThisCompilation(member) && compilation.IsSymbolAccessibleWithin(member, type);

    /// <summary>Analyzers see what is emitted for base classes, the generator does not; the record is to be the same.</summary>
    private bool GeneratedInThisCompilation(ISymbol member) =>
        GeneratedMembers.IsGenerated(member) && SymbolEqualityComparer.Default.Equals(member.ContainingAssembly, compilation.Assembly);

    private IEnumerable<INamedTypeSymbol> Bases()
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
            yield return current;
    }

    private string? FindBaseModel()
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            if (ModuleTypes.IsCompressible(current))
                return TypeNames.NotNull(current.OriginalDefinition);
        }

        return null;
    }
}
