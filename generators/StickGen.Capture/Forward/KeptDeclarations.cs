using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>Names what kept code declares, so that nothing else in the emitted code has the same names.</summary>
internal static class KeptDeclarations
{
    public static void Name(SyntaxNode code, CaptureContext context, KeptNames names, Func<string, string> addName)
    {
        var semanticModel = context.SemanticModelOf(code.SyntaxTree);
        foreach (var node in code.DescendantNodesAndSelf())
        {
            var token = node switch
            {
                VariableDeclaratorSyntax variable => variable.Identifier,
                SingleVariableDesignationSyntax designation => designation.Identifier,
                ForEachStatementSyntax loop => loop.Identifier,
                CatchDeclarationSyntax exception => exception.Identifier,
                ParameterSyntax parameter => parameter.Identifier,
                LocalFunctionStatementSyntax function when node != code => function.Identifier,
                _ => default,
            };
            if (token.ValueText is not { Length: > 0 } and not "_" || semanticModel.GetDeclaredSymbol(node, context.CancellationToken) is not { } symbol)
                continue;
            var name = addName(token.ValueText);
            names.Declared[token.SpanStart] = name;
            context.Bindings[symbol] = new ExpressionBinding(CapturedExpression.Of(new CodePart(CodePartKind.Local, name)));
        }
    }
}
