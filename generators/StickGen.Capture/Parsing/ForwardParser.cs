using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Advice;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the signature and the body of <c>forward</c>.</summary>
internal sealed class ForwardParser(CaptureContext context, EmittedVariants variants, bool advise)
{
    /// <summary>
    /// The override of TorchSharp's <c>forward</c> that the class itself has. A class that derives from the untyped <c>Module</c> has nothing to override:
    /// there it is the one method of the name, if a typed module could have it.
    /// </summary>
    public static IMethodSymbol? FindForward(INamedTypeSymbol type, KnownTypes known)
    {
        foreach (var method in type.GetMembers("forward").OfType<IMethodSymbol>())
        {
            if (!method.IsOverride || method.IsAbstract || method.DeclaringSyntaxReferences.IsEmpty)
                continue;
            var root = method;
            while (root.OverriddenMethod is { } overridden)
                root = overridden;
            if (known.IsTorch(root))
                return method;
        }

        var own = type.GetMembers("forward").OfType<IMethodSymbol>().ToArray();
        return own.Length == 1 && IsUntyped(type, known) && own[0] is
        {
            IsStatic: false, IsAbstract: false, IsVirtual: false, IsOverride: false, IsGenericMethod: false, IsAsync: false, ReturnsVoid: false, DeclaringSyntaxReferences.IsEmpty: false,
            DeclaredAccessibility: Accessibility.Public, Parameters.Length: > 0 and <= MaximalParameters,
        } && own[0].Parameters.All(parameter => parameter.RefKind == RefKind.None)
            ? own[0]
            : null;
    }

    // As many as TorchSharp's typed modules have.
    private const int MaximalParameters = 6;

    private static bool IsUntyped(INamedTypeSymbol type, KnownTypes known)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current, known.Module))
                return true;
            if (known.IsTorch(current) || current.GetMembers("forward").Length > 0)
                return false;
        }

        return false;
    }

    // A class in which more statements have to be kept one by one is kept as a whole.
    private const int MaximalRounds = 48;

    /// <summary>Reads it, or gives <see langword="null"/> where it cannot be captured.</summary>
    public (ForwardSignature Signature, SequenceRegion Body)? Parse(IMethodSymbol forward, Dictionary<string, InputShape> shapes)
    {
        var problems = context.Problems;
        var name = context.Type.Name;
        var signature = new SignatureParser(context).Parse(forward, shapes);
        var syntax = forward.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken);
        if (problems.IsFatal)
            return null;
        var (body, graph) = Capture(forward, signature, syntax);
        while (body.Failures.Any(Avoid))
            (body, graph) = Capture(forward, signature, syntax);
        if (body.Failures is { Count: > 0 } failures)
        {
            new WrittenFieldSearch(context).Visit(syntax);
            for (var round = 1; body.Failures.Count > 0; round++)
            {
                if (!Avoid(body.Failures[0]) && !Keep(body.Failures[0], round, syntax))
                {
                    foreach (var failure in failures.Where(failure => failure.Rule == Descriptors.NotCaptured))
                        problems.Add(Descriptors.NotCaptured, failure.Place.GetLocation(), name, failure.Reason);
                    if (body.Failures[0] is var last && (!problems.IsFatal || failures.All(failure => failure.Place != last.Place && failure.Reason != last.Reason)))
                        problems.Add(Descriptors.NotCaptured, last.Place.GetLocation(), name, "it cannot be kept as it is written either, because " + last.Reason);
                    return null;
                }

                (body, graph) = Capture(forward, signature, syntax);
            }

            foreach (var kept in context.Kept.Outermost())
                problems.Add(kept.Rule == Descriptors.NotCaptured ? Descriptors.KeptStatement : kept.Rule, kept.Place.GetLocation(), name, kept.Reason);
        }

        foreach (var slice in body.SliceAssignments)
            problems.Add(Descriptors.SliceAssignment, slice.GetLocation(), name, BodyCapture.SliceReason(slice));
        if (variants.HasFlag(EmittedVariants.Quantized))
        {
            foreach (var (operation, text, _) in body.OperationsWithoutKernel)
                problems.Add(Descriptors.OpaqueOperation, operation.GetLocation(), text);
        }

        var built = graph.Build();
        if (advise)
            new FlowAdvice(context, variants, signature, body, graph.FinalNumber).Add(built);
        return (signature, built);
    }

    /// <summary>Whether something that is not understood need not be: a static helper can be called as it is, a variable be one that the replay does not follow, and a list one of the emitted code.</summary>
    private bool Avoid(Failure failure) =>
        failure.Variable is { } variable && context.UnknownVariables.Add(variable) || failure.List is { } list && context.RealLists.Add(list) || failure.Helper is { } helper && context.NotInlined.Add(helper);

    /// <summary>Keeps one more statement as it is written: the innermost around a problem or, in the end, all of them.</summary>
    private bool Keep(Failure failure, int round, SyntaxNode forward)
    {
        if (round < MaximalRounds)
            return context.Kept.Add(failure);
        return round == MaximalRounds && forward is BaseMethodDeclarationSyntax { Body: { } body } && context.Kept.Add(failure with { Statements = [body] });
    }

    private (BodyCapture Body, GraphBuilder Graph) Capture(IMethodSymbol forward, ForwardSignature signature, SyntaxNode syntax)
    {
        context.BeginRound();
        for (var i = 0; i < forward.Parameters.Length; i++)
        {
            var declared = signature.Declared[i];
            context.Bindings[forward.Parameters[i]] = declared.Input >= 0
                ? new TensorBinding(declared.Input)
                : new ExpressionBinding(CapturedExpression.Of(new CodePart(CodePartKind.Local, declared.Local)));
            if (declared.Input >= 0 && signature.Parameters[declared.Input].IsOptional)
                context.OptionalInputs.Add(forward.Parameters[i]);
        }

        var others = signature.Declared.Where(parameter => parameter.Input < 0).Select(parameter => parameter.Local);
        var graph = new GraphBuilder(
            [.. signature.Parameters.Select(p => p.Name)], context.Modules.Keys.Concat(context.States.Keys).Concat(context.WrittenFields.Keys).Concat(others));
        context.Functions.AddName = graph.AddName;
        var body = new BodyCapture(context, graph, signature.IsSingleTensor) { ResultType = signature.Result, Results = CountOf(forward.ReturnType) };
        if (!body.Capture(syntax, context.SemanticModelOf(syntax.SyntaxTree)) && body.Failures.Count == 0)
        {
            var whole = syntax is BaseMethodDeclarationSyntax { Body: { } block } ? [block] : Array.Empty<SyntaxNode>();
            body.Failures.Add(new(Descriptors.NotCaptured, syntax is MethodDeclarationSyntax method ? method.Identifier.Parent! : syntax, "it is not known what it returns", whole));
        }

        return (body, graph);
    }

    /// <summary>How many tensors <c>forward</c> returns, as far as its type tells.</summary>
    private int CountOf(ITypeSymbol type) => type is INamedTypeSymbol { IsTupleType: true, TupleElements: var elements }
        ? elements.Count(element => context.Known.IsTensor(element.Type))
        : 1;
}
