using Microsoft.CodeAnalysis;
using StickGen.Capture.Advice;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the signature and the body of <c>forward</c>.</summary>
internal sealed class ForwardParser(CaptureContext context, EmittedVariants variants, bool advise)
{
    /// <summary>The override of TorchSharp's <c>forward</c> that the class itself has.</summary>
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

        return null;
    }

    public (ForwardSignature Signature, SequenceRegion Body)? Parse(IMethodSymbol forward, Dictionary<string, InputShape> shapes)
    {
        var problems = context.Problems;
        var name = context.Type.Name;
        var place = forward.Locations.FirstOrDefault();
        var signature = new SignatureParser(context).Parse(forward, shapes);
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
        var graph = new GraphBuilder([.. signature.Parameters.Select(p => p.Name)], context.Modules.Keys.Concat(context.States.Keys).Concat(others));
        var body = new BodyCapture(
            context, graph, (rule, syntax, reason) => problems.Add(rule, syntax.GetLocation(), name, reason), signature.IsSingleTensor);
        var syntax = forward.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken);
        var returns = body.Capture(syntax, context.SemanticModelOf(syntax.SyntaxTree));

        if (variants.HasFlag(EmittedVariants.Quantized))
        {
            foreach (var (operation, text, _) in body.OperationsWithoutKernel)
                problems.Add(Descriptors.OpaqueOperation, operation.GetLocation(), text);
        }

        if (!returns && !problems.IsFatal)
            problems.Add(Descriptors.NotCaptured, place, name, "it is not known what it returns");
        if (problems.IsFatal)
            return null;

        var built = graph.Build();
        if (advise)
            new FlowAdvice(context, variants, signature, body, graph.FinalNumber).Add(built);
        return (signature, built);
    }
}
