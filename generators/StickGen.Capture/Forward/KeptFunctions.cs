using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>
/// The own helpers that kept code calls and that concern modules, parameters or fields of which a variant has its own: on the original
/// they would reach the original's. Emitted code has them as local functions.
/// </summary>
internal sealed class KeptFunctions(CaptureContext context)
{
    private readonly Dictionary<ISymbol, bool> concerned = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, (string? Name, string? Problem)> names = new(SymbolEqualityComparer.Default);
    private readonly List<KeptFunction> written = [];

    /// <summary>Gives names that nothing else has.</summary>
    public Func<string, string> AddName { get; set; } = name => name;

    /// <summary>The functions that were asked for.</summary>
    public IReadOnlyList<KeptFunction> Written => written;

    /// <summary>Begins again.</summary>
    public void Clear()
    {
        concerned.Clear();
        names.Clear();
        written.Clear();
    }

    /// <summary>Whether a member is a helper in source that concerns what a variant has its own of.</summary>
    public bool Concerns(ISymbol member)
    {
        member = member.OriginalDefinition;
        if (member is not (IMethodSymbol { MethodKind: MethodKind.Ordinary } or IPropertySymbol { IsIndexer: false }) || member.IsStatic || !context.IsOwnMember(member))
            return false;
        if (concerned.TryGetValue(member, out var known))
            return known;
        concerned[member] = false;
        return concerned[member] = Declaration(member) is { } declaration && Reaches(declaration);
    }

    /// <summary>What emitted code calls a helper, or why it cannot.</summary>
    public (string? Name, string? Problem) NameOf(ISymbol member)
    {
        member = member.OriginalDefinition;
        if (names.TryGetValue(member, out var known))
            return known;
        if (Declaration(member) is not { } declaration)
            return (null, $"'{member.Name}' is declared in another assembly, and so cannot be looked into");
        var name = AddName(member.Name);
        names[member] = (name, null);
        if (Write(declaration, name, out var problem) is { } code)
            written.Add(new(name, code.WithoutReplay()));
        else
            names[member] = (null, problem);
        return names[member];
    }

    private CapturedExpression? Write(SyntaxNode declaration, string name, out string? problem)
    {
        var semanticModel = context.SemanticModelOf(declaration.SyntaxTree);
        var declared = new KeptNames(Result: null);
        KeptDeclarations.Name(declaration, context, declared, AddName);
        var outer = Variables.NamedBy(declaration, semanticModel, context.CancellationToken)
            .FirstOrDefault(variable => variable.DeclaringSyntaxReferences is { Length: > 0 } references && !declaration.FullSpan.Contains(references[0].Span));
        if (outer is not null)
        {
            problem = $"the local function '{name}' reads '{outer.Name}', a variable of forward";
            return null;
        }

        var writer = new ExpressionWriter(context, semanticModel, new Dictionary<SyntaxNode, Binding>(), kept: declared);
        var code = writer.WriteFunction(declaration, name);
        problem = writer.Failure?.Reason;
        return code;
    }

    private SyntaxNode? Declaration(ISymbol member) =>
        (member is IMethodSymbol { PartialImplementationPart: { } part } ? part : member).DeclaringSyntaxReferences.FirstOrDefault() is { } reference
            && context.Compilation.ContainsSyntaxTree(reference.SyntaxTree)
            ? reference.GetSyntax(context.CancellationToken)
            : null;

    private bool Reaches(SyntaxNode declaration)
    {
        var semanticModel = context.SemanticModelOf(declaration.SyntaxTree);
        return declaration.DescendantNodes().OfType<SimpleNameSyntax>().Any(name =>
            semanticModel.GetSymbolInfo(name, context.CancellationToken).Symbol is { IsStatic: false } symbol
            && (symbol is IFieldSymbol or IPropertySymbol && context.IsOwnMember(symbol)
                && (context.Modules.ContainsKey(symbol.Name) || context.States.ContainsKey(symbol.Name) || context.WrittenFields.ContainsKey(symbol.Name))
                || Concerns(symbol)));
    }
}
