using System.Globalization;
using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Parsing;

/// <summary>Reads the <c>[InputShape]</c> attributes of a class.</summary>
internal static class InputShapeParser
{
    /// <summary>The declared shapes by the name of the parameter.</summary>
    public static Dictionary<string, InputShape> Parse(
        INamedTypeSymbol type, IMethodSymbol forward, KnownTypes known, ProblemList problems, CancellationToken cancellationToken)
    {
        var shapes = new Dictionary<string, InputShape>(StringComparer.Ordinal);
        foreach (var attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass is null || !KnownTypes.Is(attribute.AttributeClass, KnownTypes.InputShapeAttribute))
                continue;
            var location = attribute.ApplicationSyntaxReference?.GetSyntax(cancellationToken).GetLocation();
            var parameter = Parameter(attribute, forward.Parameters.Where(p => known.IsTensor(p.Type)).ToArray(), shapes, out var error);
            var shape = Shape(attribute, ref error);
            if (error is not null)
                problems.Add(Descriptors.MalformedInputShape, location, error);
            else if (parameter is not null && shape is not null)
                shapes.Add(parameter, shape);
        }

        return shapes;
    }

    private static string? Parameter(
        AttributeData attribute, IParameterSymbol[] inputs, Dictionary<string, InputShape> shapes, out string? error)
    {
        error = null;
        foreach (var argument in attribute.NamedArguments)
        {
            if (argument is not { Key: "Parameter", Value.Value: string name })
                continue;
            if (!inputs.Any(p => p.Name == name))
                error = $"forward has no parameter named '{name}'";
            else if (shapes.ContainsKey(name))
                error = $"the parameter '{name}' has two shapes";
            return name;
        }

        var next = inputs.FirstOrDefault(p => !shapes.ContainsKey(p.Name));
        if (next is null)
            error = $"there are more shapes than parameters of forward, which has {inputs.Length.ToString(CultureInfo.InvariantCulture)}";
        return next?.Name;
    }

    private static InputShape? Shape(AttributeData attribute, ref string? error)
    {
        if (attribute.ConstructorArguments.Length != 1 || attribute.ConstructorArguments[0] is not { Kind: TypedConstantKind.Array, IsNull: false } array)
        {
            error ??= "its dimensions have to be given as constants";
            return null;
        }

        var dimensions = new List<InputDimension>();
        foreach (var value in array.Values)
        {
            switch (value.Kind == TypedConstantKind.Primitive ? value.Value : null)
            {
                case int size and > 0:
                    dimensions.Add(new(size, null));
                    break;
                case long size and > 0:
                    dimensions.Add(new(size, null));
                    break;
                case string name when name == "?" || name.Contains("·"):
                    error ??= $"a dimension cannot have the name '{name}': '?' is an unknown size, and '·' is in multiples such as '4·sequence'";
                    break;
                case string name when name.Trim().Length > 0:
                    dimensions.Add(new(0, name));
                    break;
                case int or long:
                    error ??= $"a size has to be at least 1, and {Convert.ToString(value.Value, CultureInfo.InvariantCulture)} is not; name a dynamic dimension, such as \"batch\"";
                    break;
                default:
                    error ??= "a dimension is a size (int or long) or a name (string)";
                    break;
            }
        }

        return error is null ? new(dimensions.ToEquatableArray()) : null;
    }
}
