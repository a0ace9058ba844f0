using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the signature and the body of <c>forward</c>.</summary>
internal sealed class ForwardParser(CaptureContext context, EmittedVariants variants)
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
        if (!context.Known.IsTensor(forward.ReturnType))
            problems.Add(Descriptors.NotCaptured, place, name, $"it returns '{forward.ReturnType.ToDisplayString()}', and only a single Tensor is supported yet");
        foreach (var parameter in forward.Parameters)
        {
            if (!context.Known.IsTensor(parameter.Type) || parameter.NullableAnnotation == NullableAnnotation.Annotated)
            {
                problems.Add(
                    Descriptors.NotCaptured, parameter.Locations.FirstOrDefault(), name,
                    $"its parameter '{parameter.Name}' is a '{parameter.Type.ToDisplayString()}', and only Tensor is supported yet");
            }
        }

        for (var i = 0; i < forward.Parameters.Length; i++)
            context.Bindings[forward.Parameters[i]] = new TensorBinding(i);

        var graph = new GraphBuilder([.. forward.Parameters.Select(p => p.Name)], context.Modules.Keys.Concat(context.States.Keys));
        var body = new BodyCapture(
            context, graph, (syntax, reason) => problems.Add(Descriptors.NotCaptured, syntax.GetLocation(), name, reason));
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

        return (new(forward.Parameters.Select(p => new ForwardParameter(p.Name, Find(shapes, p.Name))).ToEquatableArray()), graph.Build());
    }

    private static InputShape? Find(Dictionary<string, InputShape> shapes, string parameter) =>
        shapes.TryGetValue(parameter, out var shape) ? shape : null;
}
