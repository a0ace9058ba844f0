using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>
/// Reads the signature of <c>forward</c>. Its tensors are the inputs of the graph; what else it is given is configuration, which the
/// emitted variant has as a parameter too, and which has one value while the model is compressed.
/// </summary>
internal sealed class SignatureParser(CaptureContext context)
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "model", "t", "scope", "origin", "units" };

    public ForwardSignature Parse(IMethodSymbol forward, Dictionary<string, InputShape> shapes)
    {
        var values = ReadValues(forward);
        var inputs = new List<ForwardParameter>();
        var declared = new List<DeclaredParameter>();
        foreach (var parameter in forward.Parameters)
        {
            var isInput = context.Known.IsTensor(parameter.Type);
            var type = TypeNames.Of(parameter.Type);
            var written = parameter.HasExplicitDefaultValue ? Constants.Code(parameter.ExplicitDefaultValue, parameter.Type) : null;
            var known = values.TryGetValue(parameter.Name, out var value) ? value : written ?? (IsNullable(parameter.Type) ? "null" : null);
            declared.Add(new(parameter.Name, type, written, isInput ? inputs.Count : -1, LocalName(parameter.Name), known));
            if (isInput)
                inputs.Add(new(parameter.Name, shapes.TryGetValue(parameter.Name, out var shape) ? shape : null) { IsOptional = IsOptional(parameter, forward) });
            if (isInput && parameter.Type is ITypeParameterSymbol)
                context.Problems.Add(Descriptors.NotCaptured, parameter.Locations.FirstOrDefault(), context.Type.Name, $"its parameter '{parameter.Name}' is of a type parameter");
            if (parameter.RefKind != RefKind.None)
                context.Problems.Add(Descriptors.NotCaptured, parameter.Locations.FirstOrDefault(), context.Type.Name, $"its parameter '{parameter.Name}' is passed by reference");
        }

        var root = forward;
        while (root.OverriddenMethod is { } overridden)
            root = overridden;
        var types = string.Join(", ", forward.Parameters.Select(parameter => parameter.Type).Append(forward.ReturnType).Select(TypeNames.NotNull));
        var module = context.Known.IsTorch(root) ? TypeNames.Of(root.ContainingType) : $"global::TorchSharp.torch.nn.Module<{types}>";
        return new(inputs.ToEquatableArray(), declared.ToEquatableArray(), module, TypeNames.Of(forward.ReturnType))
        {
            IsSingleTensor = context.Known.IsTensor(forward.ReturnType) && forward.ReturnType.NullableAnnotation != NullableAnnotation.Annotated,
        };
    }

    /// <summary>What <c>[InputValue]</c> says of parameters that are no tensors.</summary>
    private Dictionary<string, string> ReadValues(IMethodSymbol forward)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in context.Type.GetAttributes())
        {
            if (attribute.AttributeClass is null || !KnownTypes.Is(attribute.AttributeClass, KnownTypes.InputValueAttribute)
                || attribute.ConstructorArguments is not { Length: 2 } arguments || arguments[0].Value is not string name)
            {
                continue;
            }

            var parameter = forward.Parameters.FirstOrDefault(p => p.Name == name && !context.Known.IsTensor(p.Type));
            var place = attribute.ApplicationSyntaxReference?.GetSyntax(context.CancellationToken).GetLocation();
            if (parameter is null)
                context.Problems.Add(Descriptors.NotCaptured, place, context.Type.Name, $"[InputValue] names '{name}', which is no parameter of it that is configuration");
            else if (arguments[1].Kind is TypedConstantKind.Primitive or TypedConstantKind.Enum || arguments[1].IsNull)
                values[name] = $"({TypeNames.Of(parameter.Type)})({arguments[1].ToCSharpString()})";
        }

        return values;
    }

    /// <summary>Whether an input may be null: it is declared so or, where nothing is declared of nulls, it is tested for null.</summary>
    private bool IsOptional(IParameterSymbol parameter, IMethodSymbol forward) =>
        parameter.NullableAnnotation == NullableAnnotation.Annotated
        || (parameter.NullableAnnotation == NullableAnnotation.None && (parameter.HasExplicitDefaultValue || IsTestedForNull(parameter, forward)));

    private bool IsTestedForNull(IParameterSymbol parameter, IMethodSymbol forward) =>
        forward.DeclaringSyntaxReferences[0].GetSyntax(context.CancellationToken).DescendantNodes().Any(node => node switch
        {
            IsPatternExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: var name } } => name == parameter.Name,
            BinaryExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: var name }, Right.RawKind: (int)SyntaxKind.NullLiteralExpression } => name == parameter.Name,
            _ => false,
        });

    private static bool IsNullable(ITypeSymbol type) =>
        type.NullableAnnotation == NullableAnnotation.Annotated || type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T;

    private static string LocalName(string name) =>
        Reserved.Contains(name) || (name.Length > 1 && name[0] == 'v' && name.Skip(1).All(char.IsDigit)) ? name + "_" : name;
}
