namespace StickGen.Capture.Deployment;

/// <summary>A type declaration to be continued, such as <c>struct Outer&lt;T&gt;</c>.</summary>
/// <param name="Keyword">Such as <c>class</c> or <c>record struct</c>.</param>
/// <param name="Name">The identifier, without type parameters.</param>
/// <param name="TypeParameters">With their variance, such as <c>in T</c>.</param>
internal sealed record LoaderType(string Keyword, string Name, EquatableArray<string> TypeParameters)
{
    /// <summary>What follows <c>partial</c>.</summary>
    public string Declared => $"{Keyword} {Name}{(TypeParameters.Count > 0 ? $"<{string.Join(", ", TypeParameters)}>" : "")}";

    /// <summary>The name with the number of type parameters.</summary>
    public string HintName => TypeParameters.Count > 0 ? $"{Name.TrimStart('@')}`{TypeParameters.Count}" : Name.TrimStart('@');
}
