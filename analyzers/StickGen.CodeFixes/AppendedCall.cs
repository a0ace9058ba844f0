using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.CodeFixes;

/// <summary>Calls a method without arguments on what an expression gives.</summary>
internal static class AppendedCall
{
    /// <summary><c>expression.method()</c>, in parentheses where the expression needs them.</summary>
    public static ExpressionSyntax To(ExpressionSyntax expression, string method)
    {
        var receiver = expression is IdentifierNameSyntax or InvocationExpressionSyntax or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax or ParenthesizedExpressionSyntax
            ? expression.WithoutTrivia()
            : SyntaxFactory.ParenthesizedExpression(expression.WithoutTrivia());
        return SyntaxFactory.InvocationExpression(
                SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, receiver, SyntaxFactory.IdentifierName(method)))
            .WithTriviaFrom(expression);
    }
}
