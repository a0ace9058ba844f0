using StickGen;

/// <summary>
/// The deployed LeNet-5. Its loader, <c>Load</c> and <c>Run</c>, is emitted when this project is compiled, from the signature that
/// the training side wrote beside the model. What is declared here adds to that.
/// </summary>
[DeployedModel("lenet5.model.json")]
public sealed partial class Digits
{
    /// <summary>What the kernels run on, such as <c>avx2</c>.</summary>
    public string InstructionSet => model.InstructionSet;
}
