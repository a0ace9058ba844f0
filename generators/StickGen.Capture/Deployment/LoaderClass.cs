using StickGen.Capture.Models;

namespace StickGen.Capture.Deployment;

/// <summary>A <c>[DeployedModel]</c> class, as far as a loader can be emitted into it.</summary>
/// <param name="SignatureName">The file that the attribute names; empty if it names none.</param>
/// <param name="Type">The class.</param>
/// <param name="Members">What the class and its bases declare, as <see cref="MemberKey"/> spells it.</param>
/// <param name="IsDocumented">Whether the user wrote documentation on the class.</param>
internal sealed record LoaderClass(string SignatureName, TypeIdentity Type, EquatableArray<string> Members, bool IsDocumented)
{
    /// <summary>The name of the class.</summary>
    public string Name => Type.Name;

    /// <summary>A file name that no other loader of the project has.</summary>
    public string HintName => Type.UniqueName + ".DeployedModel.g.cs";
}
