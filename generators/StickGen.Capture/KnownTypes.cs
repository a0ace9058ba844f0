using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace StickGen.Capture;

/// <summary>The types of TorchSharp and StickGen that the capture has to recognise, looked up once per compilation.</summary>
internal sealed class KnownTypes
{
    public const string CompressibleAttribute = "StickGen.CompressibleAttribute";
    public const string InputValueAttribute = "StickGen.InputValueAttribute";
    public const string InputShapeAttribute = "StickGen.InputShapeAttribute";
    public const string KeepChannelsAttribute = "StickGen.KeepChannelsAttribute";
    public const string KeepFloatAttribute = "StickGen.KeepFloatAttribute";
    public const string BitsAttribute = "StickGen.BitsAttribute";
    public const string RewriteRuleAttribute = "StickGen.RewriteRuleAttribute";
    public const string ExpectMatchesAttribute = "StickGen.ExpectMatchesAttribute";
    public const string MatchAttribute = "StickGen.MatchAttribute";
    public const string WhereAttribute = "StickGen.WhereAttribute";
    public const string ReplaceAttribute = "StickGen.ReplaceAttribute";
    public const string CompiledRuleAttribute = "StickGen.CompiledRuleAttribute";
    public const string Compressible = "StickGen.Compression.ICompressible";
    public const string Site = "StickGen.Units.Site";
    public const string RuleMatch = "StickGen.Rules.RuleMatch";
    public const string Patterns = "StickGen.Rules.Patterns";
    public const string GraphValue = "StickGen.Graphs.GraphValue";
    public const string Unit = "StickGen.Units.Unit";

    private static readonly ConditionalWeakTable<Compilation, KnownTypes> Cache = new();

    private KnownTypes(Compilation compilation)
    {
        Torch = compilation.GetTypeByMetadataName("TorchSharp.torch");
        Tensor = compilation.GetTypeByMetadataName("TorchSharp.torch+Tensor");
        Module = compilation.GetTypeByMetadataName("TorchSharp.torch+nn+Module");
        Functional = compilation.GetTypeByMetadataName("TorchSharp.torch+nn+functional");
        DisposeScope = compilation.GetTypeByMetadataName("TorchSharp.DisposeScope");
    }

    public INamedTypeSymbol? Torch { get; }

    public INamedTypeSymbol? Tensor { get; }

    /// <summary>The base of all modules, without type parameters.</summary>
    public INamedTypeSymbol? Module { get; }

    public INamedTypeSymbol? Functional { get; }

    public INamedTypeSymbol? DisposeScope { get; }

    public static KnownTypes Of(Compilation compilation) => Cache.GetValue(compilation, static c => new KnownTypes(c));

    /// <summary>Whether it is a tensor or a parameter.</summary>
    public bool IsTensor(ITypeSymbol? type) => DerivesFrom(type, Tensor);

    public bool IsModule(ITypeSymbol? type) => DerivesFrom(type, Module) || IsModuleInterface(type);

    /// <summary>Whether it is the interface that the elements of a <c>Sequential</c> are declared with.</summary>
    public bool IsModuleInterface(ITypeSymbol? type) =>
        type is INamedTypeSymbol { TypeKind: TypeKind.Interface, Name: "IModule", ContainingType: { Name: "nn", ContainingType: { } torch } } && Same(torch, Torch);

    /// <summary>Whether it is an array or generic collection of tensors.</summary>
    public bool IsTensorList(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol { Rank: 1, ElementType: var element } => IsTensor(element),
        INamedTypeSymbol { TypeArguments: { Length: 1 } arguments } => IsTensor(arguments[0]) && !IsModule(type),
        _ => false,
    };

    /// <summary>Whether it is a tuple that tensors, modules or lists of tensors are in.</summary>
    public bool IsTensorTuple(ITypeSymbol? type) => type is INamedTypeSymbol { IsTupleType: true, TupleElements: var elements }
        && elements.Any(element => IsTensor(element.Type) || IsModule(element.Type) || IsTensorList(element.Type) || IsTensorTuple(element.Type));

    /// <summary>Whether it is a <see cref="Tuple"/> class that tensors or lists of them are in.</summary>
    public bool IsTensorTupleClass(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "Tuple", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true }, TypeArguments: var arguments }
        && arguments.Any(argument => IsTensor(argument) || IsTensorList(argument));

    /// <summary>Whether TorchSharp declares the member, or a base of it that it overrides.</summary>
    public bool IsTorch(ISymbol? symbol) => symbol is not null && SameAssembly(symbol.ContainingAssembly, Torch?.ContainingAssembly);

    /// <summary>Whether TorchSharp or one of its companions, <c>torchvision</c> and <c>torchaudio</c>, declares a function.</summary>
    public bool IsLibrary(ISymbol? symbol)
    {
        if (IsTorch(symbol))
            return true;
        var outermost = symbol?.ContainingType;
        while (outermost?.ContainingType is { } outer)
            outermost = outer;
        return outermost is { IsStatic: true, Name: "torchvision" or "torchaudio", ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } };
    }

    /// <summary>The attribute of a full name, if the symbol has it.</summary>
    public static AttributeData? FindAttribute(ISymbol symbol, string fullName)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is { } type && Is(type, fullName))
                return attribute;
        }

        return null;
    }

    /// <summary>Whether a type has a full name; cheaper than to format the type's own.</summary>
    public static bool Is(ITypeSymbol type, string fullName)
    {
        var dot = fullName.LastIndexOf('.');
        return string.CompareOrdinal(type.Name, 0, fullName, dot + 1, fullName.Length) == 0
            && type.Name.Length == fullName.Length - dot - 1
            && type.ContainingType is null
            && type.ContainingNamespace?.ToDisplayString() == fullName.Substring(0, dot);
    }

    private static bool DerivesFrom(ITypeSymbol? type, INamedTypeSymbol? ancestor)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (Same(current, ancestor))
                return true;
        }

        return type is ITypeParameterSymbol { ConstraintTypes: var constraints }
            && constraints.Any(constraint => constraint is not ITypeParameterSymbol && DerivesFrom(constraint, ancestor));
    }

    private static bool Same(ITypeSymbol left, ITypeSymbol? right) =>
        right is not null && SymbolEqualityComparer.Default.Equals(left.OriginalDefinition, right);

    private static bool SameAssembly(IAssemblySymbol? left, IAssemblySymbol? right) =>
        left is not null && SymbolEqualityComparer.Default.Equals(left, right);
}
