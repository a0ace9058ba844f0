using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>Arrays that are taken apart by an extension of the user's, which reads them by index: <c>var (n, c, h, w) = x.shape;</c>.</content>
internal sealed partial class BodyCapture
{
    /// <summary>What the parts of a shape or of a list of tensors are, or <see langword="null"/> for what is taken apart in another way.</summary>
    private IReadOnlyList<Binding>? ElementsByIndex(IDeconstructionAssignmentOperation deconstruction, IOperation source, int count)
    {
        if (deconstruction.Syntax is not AssignmentExpressionSyntax assignment
            || context.SemanticModelOf(assignment.SyntaxTree).GetDeconstructionInfo(assignment).Method is not { } method
            || IndexesOf(method) is not var (indexes, checks) || indexes.Count != count)
        {
            return null;
        }

        if (source is IPropertyReferenceOperation { Property.Name: "shape", Instance: { } tensor } && context.Known.IsTensor(tensor.Type))
        {
            if (Evaluate(tensor) is not TensorBinding { Value: var value })
                return null;
            Check(method, checks, value);
            return [.. indexes.Select(Binding (index) => new ExpressionBinding(Size(value, index)))];
        }

        if (!context.Known.IsTensorList(source.Type))
            return null;
        return (source is IInvocationOperation call ? PiecesOf(call) : EvaluateList(source)) switch
        {
            TensorListBinding { Values: var values } when indexes.All(index => index < values.Count) => [.. indexes.Select(Binding (index) => new TensorBinding(values[index]))],
            PiecesBinding pieces => [.. indexes.Select(Binding (index) => Piece(pieces, index))],
            _ => null,
        };
    }

    /// <summary>Runs what a <c>Deconstruct</c> checks before it reads: that there are as many sizes as it takes.</summary>
    private void Check(IMethodSymbol method, IReadOnlyList<IfStatementSyntax> checks, int value)
    {
        var definition = (method.ReducedFrom ?? method).OriginalDefinition;
        context.Bindings[definition.Parameters[0]] = new ExpressionBinding(new CodeBuilder().Part(CodePart.ValueOf(value)).Code(".shape").ToExpression().WithoutReplay());
        foreach (var check in checks)
            new Frame(this, isInlined: true).Run(context.SemanticModelOf(check.SyntaxTree).GetOperation(check, context.CancellationToken));
    }

    /// <summary>The members that a <c>Tuple</c> or a <c>KeyValuePair</c> without tensors is taken apart into.</summary>
    private string[]? ElementsByName(IOperation source) => source.Type is INamedTypeSymbol { TypeArguments: var arguments } type && !arguments.Any(IsGraphType) ? type switch
    {
        { Name: "Tuple", ContainingNamespace.Name: "System" } => [.. Enumerable.Range(1, arguments.Length).Select(i => "Item" + i.ToString(CultureInfo.InvariantCulture))],
        { Name: "KeyValuePair" } => ["Key", "Value"],
        _ => null,
    }
    : null;

    private static CapturedExpression Size(int value, int index) =>
        new CodeBuilder { IsDimension = true }.Part(CodePart.ValueOf(value)).Code($".shape[{index.ToString(CultureInfo.InvariantCulture)}]").ToExpression();

    /// <summary>The index that each result of a <c>Deconstruct</c> is read at, and what is checked before, if that is all it does.</summary>
    private (List<int> Indexes, List<IfStatementSyntax> Checks)? IndexesOf(IMethodSymbol method)
    {
        var checks = new List<IfStatementSyntax>();
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        if (!method.IsExtensionMethod || context.DeclarationOf(method) is not MethodDeclarationSyntax { Body.Statements: var statements })
            return null;
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var statement in statements)
        {
            if (statement is IfStatementSyntax { Else: null, Statement: var thrown } check && IsThrow(thrown))
            {
                checks.Add(check);
                continue;
            }

            if (statement is not ExpressionStatementSyntax
                {
                    Expression: AssignmentExpressionSyntax
                    {
                        RawKind: (int)SyntaxKind.SimpleAssignmentExpression,
                        Left: IdentifierNameSyntax { Identifier.ValueText: var name },
                        Right: ElementAccessExpressionSyntax
                        {
                            Expression: IdentifierNameSyntax { Identifier.ValueText: var array },
                            ArgumentList.Arguments: { Count: 1 } arguments,
                        },
                    },
                }
                || arguments[0].Expression is not LiteralExpressionSyntax { Token.Value: int index } || array != method.Parameters[0].Name)
            {
                return null;
            }

            indexes[name] = index;
        }

        var results = method.Parameters.Skip(1).Select(parameter => indexes.TryGetValue(parameter.Name, out var index) ? index : -1).ToList();
        return results.Contains(-1) ? null : (results, checks);
    }

    private static bool IsThrow(StatementSyntax statement) =>
        statement is ThrowStatementSyntax or BlockSyntax { Statements.Count: 1 } && statement.DescendantNodesAndSelf().OfType<StatementSyntax>().Last() is ThrowStatementSyntax;
}
