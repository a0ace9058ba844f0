namespace StickGen.Capture.Deployment;

/// <summary>A <c>[DeployedModel]</c> class, as far as a loader can be emitted into it.</summary>
/// <param name="SignatureName">The file that the attribute names; empty if it names none.</param>
/// <param name="Namespace">Empty for the global one.</param>
/// <param name="Types">The containing types from the outermost in, then the class.</param>
/// <param name="Members">What the class and its bases declare, as <see cref="MemberKey"/> spells it.</param>
/// <param name="IsDocumented">Whether the user wrote documentation on the class.</param>
internal sealed record LoaderClass(
    string SignatureName,
    string Namespace,
    EquatableArray<LoaderType> Types,
    EquatableArray<string> Members,
    bool IsDocumented)
{
    /// <summary>The name of the class itself.</summary>
    public string Name => Types[Types.Count - 1].Name;

    /// <summary>The class as its own members call it, with type parameters.</summary>
    public string Self => Types[Types.Count - 1].Declared.Substring("class ".Length);

    /// <summary>A file name that no other loader of the project has.</summary>
    public string HintName => string.Join(".", Types.Select(type => type.HintName).Prepend(Namespace).Where(part => part.Length > 0))
        + LoaderClassReader.HintSuffix;
}
