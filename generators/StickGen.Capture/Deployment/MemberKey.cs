using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Deployment;

/// <summary>
/// Spells a member by what it must not share with another of its class: the name, and for methods the parameter types.
/// </summary>
internal static class MemberKey
{
    /// <summary>The key of a declared member.</summary>
    public static string Of(ISymbol member) => member is IMethodSymbol method
        ? Of(method.Arity == 0 ? method.MetadataName : $"{method.MetadataName}`{method.Arity}", method.Parameters.Select(p => p.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)))
        : member.Name;

    /// <summary>The key of a method.</summary>
    public static string Of(string name, IEnumerable<string> parameterTypes) => $"{name}({string.Join(", ", parameterTypes)})";

    /// <summary>
    /// Whether members of these keys cannot be in one class: only two methods of different parameters can share a name.
    /// </summary>
    public static bool Clash(string left, string right) =>
        left == right || (Name(left) == Name(right) && !(IsMethod(left) && IsMethod(right)));

    private static bool IsMethod(string key) => key.EndsWith(")", StringComparison.Ordinal);

    private static string Name(string key) => IsMethod(key) ? key.Substring(0, key.IndexOf('(')) : key;
}
