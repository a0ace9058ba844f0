namespace StickGen.Capture.Deployment;

/// <summary>An input or output of an emitted loader.</summary>
/// <param name="Tensor">What the signature says of it.</param>
/// <param name="Parameter">The parameter of <c>Run</c>, with <c>@</c> where C# asks for it.</param>
/// <param name="Prefix">What its constants begin with.</param>
internal sealed record LoaderPort(SignatureTensor Tensor, string Parameter, string Prefix)
{
    /// <summary>The constant that says how many values one item has.</summary>
    public string LengthConstant => Prefix + "Length";

    /// <summary>The property that says how many values one item has along each dimension.</summary>
    public string ShapeProperty => Prefix + "Shape";
}
