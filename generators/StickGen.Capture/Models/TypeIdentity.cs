using StickGen.Capture.Forward;

namespace StickGen.Capture.Models;

/// <summary>Names a type, and what has to be written to add a part to it.</summary>
/// <param name="Namespace">The namespace, empty for the global one.</param>
/// <param name="Containers">The types that contain it, outermost first.</param>
/// <param name="Declaration">The type itself.</param>
internal sealed record TypeIdentity(string Namespace, EquatableArray<TypeHeader> Containers, TypeHeader Declaration)
{
    /// <summary>The name alone.</summary>
    public string Name => Declaration.Name;

    /// <summary>How code refers to the type: <c>global::Shop.Outer&lt;T&gt;.Block</c>.</summary>
    public string Reference => "global::" + Qualify(header => header.Reference);

    /// <summary>The name for people and for rules: <c>Shop.Outer.Block</c>.</summary>
    public string FullName => Qualify(header => header.Name);

    /// <summary>A name that no other type of the compilation has, and that can be part of a file name.</summary>
    public string UniqueName => Qualify(header =>
        header.TypeParameters.Count == 0 ? header.Name : $"{header.Name}_{header.TypeParameters.Count}").Replace("@", "");

    private string Qualify(Func<TypeHeader, string> name)
    {
        var parts = Containers.Append(Declaration).Select(name);
        return string.Join(".", Namespace.Length == 0 ? parts : parts.Prepend(Namespace));
    }
}

/// <summary>The head of a type declaration.</summary>
/// <param name="Keyword">Such as <c>class</c> or <c>record struct</c>.</param>
/// <param name="Name">The name without type parameters.</param>
/// <param name="TypeParameters">The type parameters, as code writes them.</param>
internal sealed record TypeHeader(string Keyword, string Name, EquatableArray<string> TypeParameters)
{
    /// <summary>The name as code writes it: with <c>@</c> if it is a keyword.</summary>
    public string Identifier => Identifiers.Escape(Name);

    /// <summary>The name with type parameters: <c>Outer&lt;T&gt;</c>.</summary>
    public string Reference => TypeParameters.Count == 0 ? Identifier : $"{Identifier}<{string.Join(", ", TypeParameters)}>";
}
