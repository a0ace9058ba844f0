using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Parsing;

/// <summary>The names that TorchSharp registers members under.</summary>
internal static class MemberKeys
{
    public static string Of(ISymbol member)
    {
        foreach (var attribute in member.GetAttributes())
        {
            if (attribute.AttributeClass?.Name != "ComponentNameAttribute")
                continue;
            foreach (var argument in attribute.NamedArguments)
            {
                if (argument is { Key: "Name", Value.Value: string name })
                    return name;
            }
        }

        // TorchSharp registers fields, so it finds an auto-property's backing field.
        return member is IPropertySymbol ? $"<{member.Name}>k__BackingField" : member.Name;
    }
}
