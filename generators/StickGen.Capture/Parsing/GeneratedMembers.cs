using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Parsing;

/// <summary>Recognises what StickGen has emitted, which analyzers see beside the user's own members.</summary>
internal static class GeneratedMembers
{
    /// <summary>The tool that emitted members name in <c>[GeneratedCode]</c>.</summary>
    public const string Tool = "StickGen";

    public static bool IsGenerated(ISymbol member) => member.GetAttributes().Any(attribute =>
        attribute is { AttributeClass.Name: "GeneratedCodeAttribute", ConstructorArguments: { Length: 2 } arguments }
        && arguments[0].Value is Tool);
}
