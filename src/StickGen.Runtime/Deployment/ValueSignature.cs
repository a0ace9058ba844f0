using StickGen.Graphs;

namespace StickGen.Deployment;

/// <summary>What a caller has to know of an input, an output or a stored tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its shape; the dimensions of inputs and outputs may be dynamic and then have names.</param>
public sealed record ValueSignature(string Name, ElementType Type, Shape Shape)
{
    /// <summary>Such as <c>x: Float32[batch, 1, 28, 28]</c>.</summary>
    public override string ToString() => $"{Name}: {Type}{Shape}";
}

/// <summary>What is to be known of a layer: its name and the kind of its operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Operation">The operation, such as <c>conv2d</c>.</param>
public sealed record LayerSignature(string Name, string Operation)
{
    /// <summary>Such as <c>conv1: conv2d</c>.</summary>
    public override string ToString() => $"{Name}: {Operation}";
}
