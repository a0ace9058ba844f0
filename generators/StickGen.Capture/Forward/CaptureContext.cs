using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>What is known while one method is captured.</summary>
internal sealed class CaptureContext(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    private readonly Dictionary<SyntaxTree, SemanticModel> semanticModels = [];
    private readonly Dictionary<SyntaxNode, ISymbol?> symbols = [];
    private KeptFunctions? functions;

    /// <summary>The class whose method it is.</summary>
    public INamedTypeSymbol Type { get; } = type;

    public Compilation Compilation { get; } = compilation;

    public KnownTypes Known { get; } = KnownTypes.Of(compilation);

    public ProblemList Problems { get; } = problems;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The modules in members of the class, by member name.</summary>
    public Dictionary<string, ModuleField> Modules { get; } = new(StringComparer.Ordinal);

    /// <summary>The parameters and buffers in members of the class, by member name.</summary>
    public Dictionary<string, StateField> States { get; } = new(StringComparer.Ordinal);

    /// <summary>What locals and parameters stand for now.</summary>
    public Dictionary<ISymbol, Binding> Bindings { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The tensors before each <c>?.</c> that is being captured, outermost first.</summary>
    public Stack<int> AccessedTensors { get; } = new();

    /// <summary>The inputs that may be null.</summary>
    public HashSet<ISymbol> OptionalInputs { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The statements that are kept as they are written, and why.</summary>
    public KeptSyntax Kept { get; } = new();

    /// <summary>
    /// The static helpers in which something is not understood. They cannot reach the modules of the class, and so are called as they are, instead of being run in place.
    /// </summary>
    public HashSet<ISymbol> NotInlined { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The variables that are no tensors and whose values the replay does not follow.</summary>
    public HashSet<ISymbol> UnknownVariables { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The lists of tensors that are lists in the emitted code too, because what is in them depends on a condition.</summary>
    public HashSet<ISymbol> RealLists { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The tensors whose shapes locals hold.</summary>
    public Dictionary<ISymbol, int> Shapes { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The own helpers that emitted code has as local functions.</summary>
    public KeptFunctions Functions => functions ??= new(this);

    /// <summary>The fields that <c>forward</c> writes, of which a variant has its own, by name.</summary>
    public SortedDictionary<string, WrittenField> WrittenFields { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether <c>forward</c> may keep tensors in fields, or in what they hold, so that they outlive the call.</summary>
    public bool StoresTensors { get; set; }

    /// <summary>The namespaces whose extension methods kept code calls as such.</summary>
    public SortedSet<string> ExtensionNamespaces { get; } = new(StringComparer.Ordinal);

    /// <summary>The primary-constructor parameters that were read, by name.</summary>
    public SortedDictionary<string, CapturedParameter> CapturedParameters { get; } = new(StringComparer.Ordinal);

    /// <summary>Forgets what was found out about values, to capture forward once more.</summary>
    public void BeginRound()
    {
        Bindings.Clear();
        AccessedTensors.Clear();
        Shapes.Clear();
        OptionalInputs.Clear();
        CapturedParameters.Clear();
        ExtensionNamespaces.Clear();
        Functions.Clear();
    }

    /// <summary>Where the class is marked, from which the lines of statements are counted.</summary>
    public SyntaxNode? Mark { get; } = KnownTypes.FindAttribute(type, KnownTypes.CompressibleAttribute)?.ApplicationSyntaxReference?.GetSyntax(cancellationToken);

    /// <summary>The line of a statement, counted from where the class is marked; <see langword="null"/> in another file.</summary>
    public int? LineOf(SyntaxNode syntax) => Mark is { } mark && mark.SyntaxTree == syntax.SyntaxTree
        ? syntax.GetLocation().GetLineSpan().StartLinePosition.Line - mark.GetLocation().GetLineSpan().StartLinePosition.Line
        : null;

    /// <summary>
    /// The semantic model of a file of the compilation. It is kept, because a new one binds the whole method again for the
    /// first question it is asked.
    /// </summary>
    public SemanticModel SemanticModelOf(SyntaxTree tree)
    {
        if (!semanticModels.TryGetValue(tree, out var model))
            semanticModels.Add(tree, model = Compilation.GetSemanticModel(tree));
        return model;
    }

    /// <summary>What a name means.</summary>
    public ISymbol? SymbolOf(SyntaxNode node, SemanticModel model)
    {
        if (!symbols.TryGetValue(node, out var symbol))
            symbols.Add(node, symbol = FindSymbol(node, model));
        return symbol;
    }

    /// <summary>The call knows which method it is; to ask its name means to look at all methods of that name.</summary>
    private ISymbol? FindSymbol(SyntaxNode node, SemanticModel model)
    {
        var called = node.Parent is MemberAccessExpressionSyntax access && access.Name == node ? access : node;
        return called.Parent is InvocationExpressionSyntax call && call.Expression == called
            && model.GetSymbolInfo(call, CancellationToken).Symbol is IMethodSymbol { MethodKind: not MethodKind.DelegateInvoke } method
                ? method
                : model.GetSymbolInfo(node, CancellationToken).Symbol;
    }

    /// <summary>
    /// Where a method is declared, if it is in this compilation. In an IDE the symbols of other projects have syntax too, of which
    /// nothing can be asked here, and which a build does not have.
    /// </summary>
    public SyntaxNode? DeclarationOf(IMethodSymbol method) =>
        method.DeclaringSyntaxReferences.FirstOrDefault() is { } reference && Compilation.ContainsSyntaxTree(reference.SyntaxTree)
            ? reference.GetSyntax(CancellationToken)
            : null;

    /// <summary>Why emitted code, which is inside of the class, cannot name a type or a member; <see langword="null"/> if it can.</summary>
    public string? WhyUnreachable(ISymbol? symbol)
    {
        if (symbol is not (INamedTypeSymbol or IFieldSymbol or IPropertySymbol or IEventSymbol or IMethodSymbol { MethodKind: not (MethodKind.LocalFunction or MethodKind.AnonymousFunction) }))
            return null;
        for (var type = symbol as INamedTypeSymbol ?? symbol.ContainingType; type is not null; type = type.ContainingType)
        {
            if (type.IsFileLocal)
                return $"'{type.Name}' is file-local, and so cannot be used in emitted code";
        }

        return Compilation.IsSymbolAccessibleWithin(symbol, Type)
            ? null
            : $"'{symbol.Name}' of '{symbol.ContainingSymbol?.Name}' is not accessible in '{Type.Name}', where it would be emitted";
    }

    /// <summary>Whether a member is reached through the class itself.</summary>
    public bool IsOwnMember(ISymbol member) => IsOwnType(member.ContainingType);

    /// <summary>Whether a type is the class or a base of it.</summary>
    public bool IsOwnType(INamedTypeSymbol? container)
    {
        for (var current = Type; current is not null && container is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, container.OriginalDefinition))
                return true;
        }

        return false;
    }
}
