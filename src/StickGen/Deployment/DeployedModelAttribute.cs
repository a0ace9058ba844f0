namespace StickGen;

/// <summary>
/// Marks a <c>partial</c> class as the typed loader of a deployed model. The generator reads the signature file, which
/// has to be an <c>AdditionalFiles</c> item of the project, and emits <c>Load</c> and <c>Run</c>.
/// </summary>
/// <param name="signature">
/// The signature file that <c>Save</c> wrote beside the model, such as <c>"lenet5.model.json"</c>: a file name, or the end
/// of a path with <c>/</c> between folders.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DeployedModelAttribute(string signature) : Attribute
{
    /// <summary>The signature file.</summary>
    public string Signature { get; } = signature;
}
