using StickGen.Graphs;

namespace StickGen.Operations;

/// <summary>
/// Two-dimensional cross-correlation with zero padding. Inputs: image [N, C, H, W], weight [O, C / groups, kH, kW], and
/// optionally a bias [O].
/// </summary>
/// <param name="Window">Kernel, stride, padding, dilation.</param>
/// <param name="Groups">The channels are convolved in that many groups; as many as channels is depthwise.</param>
/// <param name="Activation">Applied to the result.</param>
public sealed record Conv2d(Window Window, int Groups = 1, Activation Activation = Activation.None) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "conv2d";

    /// <inheritdoc/>
    public override Shape? InferShape(ReadOnlySpan<GraphValue> inputs)
    {
        var (image, weight) = ShapeChecks.WithParameters(inputs, "image", 4, "weight", 4);
        var outputs = weight[0].Size;
        if (Groups < 1 || outputs % Groups != 0)
            throw new ShapeException($"{Groups} groups do not divide the {outputs} output channels.");
        if (weight[2] != Window.Kernel.Height || weight[3] != Window.Kernel.Width)
            throw new ShapeException($"the weight {weight} does not have the kernel {Window.Kernel}.");
        if (image is null)
            return null;
        ShapeChecks.Same("image channels", image[1], "weight channels × groups", weight[1].Size * Groups);
        var (height, width) = Window.Slide(image[2], image[3]);
        return new(image[0], outputs, height, width);
    }
}
