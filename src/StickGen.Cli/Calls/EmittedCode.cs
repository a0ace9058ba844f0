using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StickGen.Cli.Calls;

/// <summary>A call in the replay.</summary>
/// <param name="Call">What is called.</param>
/// <param name="Node">The number of its node, or <see langword="null"/> where the replay goes into another class.</param>
/// <param name="Operand">What it reads first.</param>
/// <param name="Local">The local that its value is assigned to.</param>
internal sealed record ReplayedCall(Call Call, string? Node, string Operand, string? Local);

/// <summary>Reads calls off the text of emitted code, as a person would, and not off what it was emitted from.</summary>
internal sealed partial class EmittedCode
{
    private readonly MethodDeclarationSyntax? replay;
    private readonly MethodDeclarationSyntax? forward;

    /// <param name="files">All that is emitted for one class.</param>
    public EmittedCode(IReadOnlyList<SyntaxTree> files)
    {
        replay = Method(files, "Graph", "Replay");
        forward = Method(files, "FakeQuantized", "forward");
        Replayed = replay is null ? [] : [.. TracerCalls().Where(IsNode).Select(call => new ReplayedCall(
            Called(call.Name, call.Arguments),
            call.Name == "Call" ? null : call.Arguments[0].ToString(),
            call.Arguments.Count > 1 ? call.Arguments[1].ToString() : "",
            AssignedLocal(call.Syntax)))];
    }

    /// <summary>The calls of <c>X.Graph.Replay</c> in the order of the code.</summary>
    public IReadOnlyList<ReplayedCall> Replayed { get; }

    /// <summary>
    /// Why the <c>forward</c> of the trainable variant does not compute each node of the replay once, be it in the unit that
    /// covers it or by a statement of its own; <see langword="null"/> if it does.
    /// </summary>
    public string? VariantProblem()
    {
        if (forward is null)
            return null;
        // Loops beside each other can have units of one name.
        var sites = TracerCalls().Where(call => call.Name == "Site").Select(call => (
            Name: ((LiteralExpressionSyntax)call.Arguments[0].Expression).Token.ValueText,
            Nodes: call.Arguments.Skip(1).Select(node => node.ToString()).ToArray())).ToArray();
        var covered = sites.SelectMany(site => site.Nodes).ToHashSet(StringComparer.Ordinal);
        var expected = sites.Select(site => site.Name).Concat(Replayed.Where(call => call.Node is not null && !covered.Contains(call.Node)).Select(call => call.Local ?? call.Node!))
            .Order(StringComparer.Ordinal).ToArray();

        var names = sites.Select(site => site.Name).ToHashSet(StringComparer.Ordinal);
        var units = forward.DescendantNodes().OfType<InvocationExpressionSyntax>().Select(UnitName).OfType<string>().Where(names.Contains);
        // Lists, and what the module holds, are no nodes in the replay either.
        var nodes = Replayed.Select(call => call.Local).ToHashSet(StringComparer.Ordinal);
        var others = OwnComputations(replay!).Where(local => !nodes.Contains(local)).ToHashSet(StringComparer.Ordinal);
        var statements = OwnComputations(forward).Where(local => !others.Contains(local));
        var actual = units.Concat(statements).Order(StringComparer.Ordinal).ToArray();
        if (expected.SequenceEqual(actual, StringComparer.Ordinal))
            return null;
        var different = expected.Except(actual, StringComparer.Ordinal).Concat(actual.Except(expected, StringComparer.Ordinal)).FirstOrDefault() ?? "a node that occurs twice";
        return $"the replay and forward of the trainable variant differ: {different}";
    }

    private static MethodDeclarationSyntax? Method(IReadOnlyList<SyntaxTree> files, string type, string name) =>
        files.SelectMany(file => file.GetRoot().DescendantNodes()).OfType<ClassDeclarationSyntax>()
            .Where(declaration => declaration.Identifier.ValueText == type)
            .SelectMany(declaration => declaration.Members).OfType<MethodDeclarationSyntax>()
            .FirstOrDefault(method => method.Identifier.ValueText == name);

    private IEnumerable<(InvocationExpressionSyntax Syntax, string Name, SeparatedSyntaxList<ArgumentSyntax> Arguments)> TracerCalls() =>
        from call in replay!.DescendantNodes().OfType<InvocationExpressionSyntax>()
        where call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "t" } }
        orderby call.Span.End
        select (call, ((MemberAccessExpressionSyntax)call.Expression).Name.Identifier.ValueText, call.ArgumentList.Arguments);

    /// <summary>Whether a call computes a node. Others tell the tracer where it is, or read what the module holds.</summary>
    private static bool IsNode((InvocationExpressionSyntax Syntax, string Name, SeparatedSyntaxList<ArgumentSyntax> Arguments) call) =>
        call.Name is not ("Arguments" or "State" or "Member")
        && (call.Name == "Call" || call.Arguments is [{ Expression: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.NumericLiteralExpression } }, ..]);

    private static Call Called(string name, SeparatedSyntaxList<ArgumentSyntax> arguments) => name switch
    {
        // The path is left out where a loop decides it.
        "Module" => new(true, Member(arguments[IsText(arguments[1]) ? 2 : 1].Expression)),
        "Call" => new(true, Member(arguments[IsText(arguments[0]) ? 1 : 0].Expression)),
        "Invoke" => new(true, Member(arguments[1].Expression)),
        "Function" or "Operation" => new(false, ((LiteralExpressionSyntax)arguments[1].Expression).Token.ValueText),
        _ => new(false, OperationNames.KindOf(name)),
    };

    private static bool IsText(ArgumentSyntax argument) => argument.Expression.IsKind(SyntaxKind.StringLiteralExpression);

    /// <summary>The member at the end of an access path: <c>conv</c> of <c>((Conv2d)model.conv)</c> and of <c>model.conv[0]</c>.</summary>
    private static string? Member(ExpressionSyntax expression) => expression switch
    {
        ParenthesizedExpressionSyntax inner => Member(inner.Expression),
        CastExpressionSyntax cast => Member(cast.Expression),
        PostfixUnaryExpressionSyntax suppression => Member(suppression.Operand),
        ElementAccessExpressionSyntax element => Member(element.Expression),
        MemberAccessExpressionSyntax member => member.Name.Identifier.ValueText,
        _ => null,
    };

    private static string? AssignedLocal(SyntaxNode call) => call.Parent switch
    {
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } => declarator.Identifier.ValueText,
        AssignmentExpressionSyntax { Left: IdentifierNameSyntax local } => local.Identifier.ValueText,
        _ => null,
    };

    /// <summary>The unit of <c>units.name.forward(…)</c>, or in a loop of <c>at.name.forward(…)</c>.</summary>
    private static string? UnitName(InvocationExpressionSyntax call) => call.Expression is MemberAccessExpressionSyntax
    {
        Name.Identifier.ValueText: "forward",
        Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: var owner }, Name.Identifier.ValueText: var unit },
    } && (owner.StartsWith("units", StringComparison.Ordinal) || owner.StartsWith("at", StringComparison.Ordinal)) ? unit : null;

    private static IEnumerable<string> OwnComputations(MethodDeclarationSyntax method) =>
        method.DescendantNodes().Where(node => node is EqualsValueClauseSyntax or AssignmentExpressionSyntax).Select(OwnComputation).OfType<string>();

    /// <summary>The local of a statement that computes a value itself, and neither by a unit nor from another local.</summary>
    private static string? OwnComputation(SyntaxNode node)
    {
        var (local, value) = node switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } clause => (declarator.Identifier.ValueText, clause.Value),
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax left } assignment => (left.Identifier.ValueText, assignment.Right),
            _ => ("", null),
        };
        return ValueLocal().IsMatch(local) && value is not IdentifierNameSyntax && !IsUnit(value) ? local : null;
    }

    /// <summary>Whether a unit computes a value, be it only where there is one: <c>x is null ? null : units.x.forward(x)</c>.</summary>
    private static bool IsUnit(ExpressionSyntax? value) => value switch
    {
        InvocationExpressionSyntax call => UnitName(call) is not null,
        ConditionalExpressionSyntax choice => IsUnit(choice.WhenTrue) || IsUnit(choice.WhenFalse),
        _ => false,
    };

    [GeneratedRegex("^v[0-9]+$")]
    private static partial Regex ValueLocal();
}
