using StickGen.Kinds;

namespace StickGen.Capture.Models;

/// <summary>A module that a field or auto-property of the class holds.</summary>
/// <param name="Name">The member.</param>
/// <param name="Key">The name it is registered under, which begins the keys of its weights.</param>
/// <param name="Type">The declared type, as code refers to it, without <c>?</c>.</param>
/// <param name="IsNullable">Whether the member is declared nullable.</param>
/// <param name="Kind">One of <see cref="NodeKinds"/>, by the declared type.</param>
/// <param name="KeepFloat">Whether it is marked <c>[KeepFloat]</c>.</param>
/// <param name="Compressible">Whether the declared type is another compressible class, and where its variants are.</param>
/// <param name="Bits">What its <c>[Bits]</c> asks for.</param>
internal sealed record ModuleField(
    string Name, string Key, string Type, bool IsNullable, string Kind, bool KeepFloat, CompressibleChild Compressible,
    RequestedBits Bits = default)
{
    /// <summary>For a <c>ModuleList</c> or <c>ModuleDict</c>, the type of its elements.</summary>
    public ElementType? Element { get; init; }
}

/// <summary>The declared type of the modules in a list.</summary>
/// <param name="List">The type of the list without its argument.</param>
/// <param name="Type">The type, as code refers to it.</param>
/// <param name="Compressible">Whether it is another compressible class.</param>
internal sealed record ElementType(string List, string Type, CompressibleChild Compressible);

/// <summary>Where the variants of a module's class are.</summary>
internal enum CompressibleChild
{
    /// <summary>The class has none.</summary>
    No,

    /// <summary>They are emitted into this compilation, if the class can be captured.</summary>
    InThisCompilation,

    /// <summary>They are part of a referenced assembly.</summary>
    InReference,
}

/// <summary>A parameter or buffer that a field of the class holds.</summary>
/// <param name="Name">The member.</param>
/// <param name="Key">The name it is registered under.</param>
/// <param name="Type">The declared type, as code refers to it, without <c>?</c>.</param>
/// <param name="IsNullable">Whether the member is declared nullable.</param>
internal sealed record StateField(string Name, string Key, string Type, bool IsNullable);
