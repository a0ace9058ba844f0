using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <summary>The names of what kept code declares.</summary>
/// <param name="Result">What <c>forward</c> returns, if its own statements are written and not a helper's.</param>
internal sealed record KeptNames(string? Result)
{
    /// <summary>The names in emitted code, by the place of the declaration.</summary>
    public Dictionary<int, string> Declared { get; } = [];
}

/// <content>Statements, which are kept as they are written.</content>
internal sealed partial class ExpressionWriter
{
    private int depth;

    /// <summary>What kept code may say that an expression may not, or <see langword="null"/> for all else.</summary>
    private CapturedExpression? VisitKept(SyntaxNode node)
    {
        switch (node)
        {
            case ReturnStatementSyntax { Expression: { } value } when kept!.Result is { } type && !IsInFunction(node):
                return Returned(Visit(value), type, context.StoresTensors);
            case IdentifierNameSyntax { IsVar: true } when Symbol(node) is not INamedTypeSymbol { Name: "var" }:
                return CapturedExpression.Of(CodePart.Code("var"));
            case AssignmentExpressionSyntax { Parent: not InitializerExpressionSyntax, Left: var target } when WhyNotWritten(target) is { } reason:
                return Fail(target, reason);
            case AssignmentExpressionSyntax { Left: TupleExpressionSyntax or DeclarationExpressionSyntax } deconstruction:
                if (semanticModel.GetDeconstructionInfo(deconstruction).Method is { IsExtensionMethod: true } method)
                    AddExtension(method);
                return VisitChildren(node, keepsDimension: false);
            case AssignmentExpressionSyntax or PostfixUnaryExpressionSyntax:
                return VisitChildren(node, keepsDimension: false);
            case PrefixUnaryExpressionSyntax unary when unary.Kind() is SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression:
                return VisitChildren(node, keepsDimension: false);
            case ForEachVariableStatementSyntax loop when semanticModel.GetDeconstructionInfo(loop) is { Method: { IsExtensionMethod: true } deconstruct }:
                AddExtension(deconstruct);
                return null;
            case AwaitExpressionSyntax when IsInFunction(node):
                return VisitChildren(node, keepsDimension: false);
            case ThisExpressionSyntax:
                return Fail(node, "the module itself is used as a value");
            case LabeledStatementSyntax or GotoStatementSyntax { RawKind: (int)SyntaxKind.GotoStatement }:
                return Fail(node, "jumps are not supported");
            default:
                return null;
        }
    }

    /// <summary>What is returned moves out of the scope of the emitted <c>forward</c>.</summary>
    public static CapturedExpression Returned(CapturedExpression value, string type, bool all) => new CodeBuilder()
        .Code($"return global::StickGen.Compression.ForwardResults.Return{(all ? "All" : "")}<{type}>(scope, ").Expression(value).Code(");").ToExpression();

    /// <summary>Writes a helper as a local function.</summary>
    /// <param name="declaration">A method, a local function or a property that is only read.</param>
    /// <param name="name">Its name.</param>
    public CapturedExpression? WriteFunction(SyntaxNode declaration, string name)
    {
        var code = new CodeBuilder();
        switch (declaration)
        {
            case MethodDeclarationSyntax method:
                Write(method.Modifiers, method.ReturnType, method.TypeParameterList, method.ParameterList, method.ConstraintClauses, method.Body, method.ExpressionBody);
                break;
            case LocalFunctionStatementSyntax function:
                Write(function.Modifiers, function.ReturnType, function.TypeParameterList, function.ParameterList, function.ConstraintClauses, function.Body, function.ExpressionBody);
                break;
            case PropertyDeclarationSyntax { ExpressionBody: { } body } property:
                Write(default, property.Type, null, null, default, null, body);
                break;
            case PropertyDeclarationSyntax { AccessorList.Accessors: var accessors } property
                when accessors.FirstOrDefault(accessor => accessor.IsKind(SyntaxKind.GetAccessorDeclaration)) is { } getter:
                Write(default, property.Type, null, null, default, getter.Body, getter.ExpressionBody);
                break;
            default:
                Fail(declaration, $"'{name}' is not a plain method");
                break;
        }

        return Failure is null ? code.ToExpression() : null;

        void Write(
            SyntaxTokenList modifiers, TypeSyntax type, TypeParameterListSyntax? typeParameters, ParameterListSyntax? parameters,
            SyntaxList<TypeParameterConstraintClauseSyntax> constraints, BlockSyntax? block, ArrowExpressionClauseSyntax? arrow)
        {
            if (block is null && arrow is null)
                Fail(declaration, $"'{name}' has no body");
            if (parameters?.DescendantNodes().Any(node => node is AttributeListSyntax) is true)
                Fail(declaration, $"'{name}' is not a plain method");
            foreach (var modifier in modifiers.Where(modifier => modifier.Kind() is SyntaxKind.AsyncKeyword or SyntaxKind.UnsafeKeyword))
                code.Code(modifier.Text + " ");
            code.Expression(Visit(type)).Code(" ").Part(new(CodePartKind.Local, name));
            if (typeParameters is not null)
                code.Code(OneLine.Of(typeParameters));
            code.Expression(parameters is null ? CapturedExpression.Of(CodePart.Code("()")) : VisitChildren(parameters, keepsDimension: false));
            foreach (var constraint in constraints)
                code.Code(" ").Expression(VisitChildren(constraint, keepsDimension: false));
            if (block is not null)
                code.Code("\n").Expression(Visit(block));
            else if (arrow is not null)
                code.Code(" => ").Expression(Visit(arrow.Expression)).Code(";");
        }
    }

    /// <summary>The break before a part of a statement that has a line of its own, or <see langword="null"/>.</summary>
    private string? LineOf(SyntaxNodeOrToken child, SyntaxNode parent)
    {
        var isBraced = parent is BlockSyntax or SwitchStatementSyntax;
        if (isBraced && child.IsKind(SyntaxKind.CloseBraceToken))
            return Line(--depth);
        if (isBraced && child.IsKind(SyntaxKind.OpenBraceToken))
        {
            depth++;
            return parent is BlockSyntax ? null : Line(depth - 1);
        }

        return child.AsNode() switch
        {
            IfStatementSyntax when parent is ElseClauseSyntax => null,
            BlockSyntax => Line(depth),
            StatementSyntax when parent is BlockSyntax => Line(depth),
            StatementSyntax => Line(depth + 1),
            ElseClauseSyntax or CatchClauseSyntax or FinallyClauseSyntax or SwitchSectionSyntax => Line(depth),
            _ => null,
        };

        static string Line(int depth) => "\n" + new string(' ', 4 * Math.Max(0, depth));
    }

    /// <summary>Whether a type is named to ask whether a module is of it, or to say so.</summary>
    private static bool IsTested(SyntaxNode type) => type.Parent switch
    {
        DeclarationPatternSyntax or RecursivePatternSyntax or TypePatternSyntax or CastExpressionSyntax => true,
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.IsExpression or (int)SyntaxKind.AsExpression } => true,
        _ => false,
    };

    /// <summary>What a compressible module in a member of this one is configured with, which the original's has as well as its variant: <c>rotary.Dimension</c>.</summary>
    private CapturedExpression? ConfigurationOf(MemberAccessExpressionSyntax access, ISymbol? member)
    {
        var type = (member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type;
        if (type is null || member!.IsStatic || context.Known.IsTorch(member) || IsOfGraph(type) || HoldsModules(type) || IsWritten(access)
            || access.Expression is not (IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: IdentifierNameSyntax })
            || Symbol(access.Expression) is not (IFieldSymbol or IPropertySymbol) || !context.Modules.TryGetValue(Symbol(access.Expression)!.Name, out var field) || field.Compressible == CompressibleChild.No)
        {
            return null;
        }

        return CapturedExpression.Of(new(CodePartKind.Original, ""), CodePart.Code($".{Identifiers.Escape(field.Name)}{(field.IsNullable ? "!" : "")}.{Identifiers.Escape(member.Name)}"));
    }

    private static bool IsWritten(ExpressionSyntax target) => target.Parent is AssignmentExpressionSyntax assignment && assignment.Left == target
        || target.Parent is PostfixUnaryExpressionSyntax { RawKind: not (int)SyntaxKind.SuppressNullableWarningExpression };

    /// <summary>Why a member of a compressible module cannot be named, if so: its variant has the weights and forward, and no more.</summary>
    private string? WhyNotReached(MemberAccessExpressionSyntax access, ISymbol? member) =>
        member is IFieldSymbol or IPropertySymbol or IMethodSymbol && !context.Known.IsTorch(member) && member.Name is not ("forward" or "call")
            && semanticModel.GetTypeInfo(access.Expression, context.CancellationToken).Type is { } type && context.Known.IsModule(type) && ModuleTypes.IsCompressible(type)
            ? $"it reaches into '{OneLine.Of(access.Expression)}', which is compressible itself; call that module"
            : null;

    /// <summary>Why kept code must not write something, if so.</summary>
    private string? WhyNotWritten(ExpressionSyntax target)
    {
        foreach (var written in target is TupleExpressionSyntax tuple ? tuple.Arguments.Select(argument => argument.Expression) : [target])
        {
            if (Symbol(written) is IFieldSymbol { IsStatic: false } or IPropertySymbol { IsStatic: false, IsIndexer: false }
                && Symbol(written) is { } member && context.IsOwnMember(member) && !context.WrittenFields.ContainsKey(member.Name))
            {
                return $"it writes '{member.Name}', a member of the module";
            }
        }

        return null;
    }

    /// <summary>
    /// Whether an own helper computes with modules or fields that a variant has its own of. One that is given no tensor asks about
    /// configuration, which the original has too.
    /// </summary>
    private bool RunsModules(ISymbol member) =>
        (kept is not null || member is IMethodSymbol { Parameters: var parameters } && parameters.Any(parameter => IsOfGraph(parameter.Type)))
        && context.Functions.Concerns(member);

    /// <summary>Why kept code cannot name a member of the module itself, if so.</summary>
    private string? WhyNotKept(ISymbol member) => member switch
    {
        _ when kept is null => null,
        IMethodSymbol { Name: "forward", IsOverride: true } => "it calls itself",
        IMethodSymbol when context.Known.IsTorch(member) => IsAboutRegistered(member.Name) ? "it loops over what is registered in the module itself, where a variant has more" : null,
        IMethodSymbol method when context.DeclarationOf(method.OriginalDefinition) is null => $"'{member.Name}' is declared in another assembly, and so cannot be looked into",
        IFieldSymbol { Type: var type } when HoldsModules(type) => $"the modules in '{member.Name}' are not registered, and so a variant does not have them; use ModuleList",
        IPropertySymbol { Type: var type } when HoldsModules(type) && !context.Functions.Concerns(member) => $"the modules in '{member.Name}' are not registered, and so a variant does not have them; use ModuleList",
        _ => null,
    };

    private static bool IsAboutRegistered(string name) => name is "children" or "named_children" or "modules" or "named_modules" or "parameters" or "named_parameters"
        or "buffers" or "named_buffers" or "state_dict" or "load_state_dict" or "apply" or "to" or "cuda" or "cpu" or "save" or "load";

    private bool HoldsModules(ITypeSymbol type) => context.Known.IsModule(type) || type switch
    {
        IArrayTypeSymbol array => HoldsModules(array.ElementType),
        INamedTypeSymbol { TypeArguments: var arguments } => arguments.Any(HoldsModules),
        _ => false,
    };

    private bool IsOfGraph(ITypeSymbol type) => context.Known.IsTensor(type) || context.Known.IsTensorList(type) || context.Known.IsTensorTuple(type);

    /// <summary>An own helper that a variant has too.</summary>
    private CapturedExpression OwnFunction(SimpleNameSyntax name, ISymbol member)
    {
        var (function, problem) = context.Functions.NameOf(member);
        if (problem is not null)
            return Fail(name, problem);
        var code = new CodeBuilder().Part(new(CodePartKind.Local, function!));
        if (name is GenericNameSyntax generic)
            code.Expression(VisitChildren(generic.TypeArgumentList, keepsDimension: false));
        if (member is IPropertySymbol)
            code.Code("()");
        code.NotReplayable();
        return code.ToExpression();
    }

    private static bool IsInFunction(SyntaxNode node) =>
        node.Ancestors().TakeWhile(ancestor => ancestor is not MemberDeclarationSyntax)
            .Any(ancestor => ancestor is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax);

    private void AddExtension(ISymbol method)
    {
        if (method.ContainingNamespace is { IsGlobalNamespace: false } @namespace)
            context.ExtensionNamespaces.Add(@namespace.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat));
    }
}
