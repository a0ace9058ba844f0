namespace StickGen.Capture.Deployment;

/// <summary>What a signature file says about a deployed model.</summary>
/// <param name="Model">The name of the model.</param>
/// <param name="Inputs">At least one; their names differ from each other.</param>
/// <param name="Outputs">At least one; their names differ from each other.</param>
/// <param name="Layers">In the order in which they run.</param>
/// <param name="Tensors">What the model file stores.</param>
internal sealed record ModelSignature(
    string Model,
    EquatableArray<SignatureTensor> Inputs,
    EquatableArray<SignatureTensor> Outputs,
    EquatableArray<SignatureLayer> Layers,
    EquatableArray<SignatureTensor> Tensors)
{
    /// <summary>The type of an input of tokens.</summary>
    public const string TokenType = "int32";

    /// <summary>Whether the model reads tokens, and nothing else.</summary>
    public bool ReadsTokens => Inputs.Count == 1 && Inputs[0].Type == TokenType;
}
