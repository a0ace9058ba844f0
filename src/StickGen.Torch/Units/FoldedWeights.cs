namespace StickGen.Units;

/// <summary>
/// The weights of a layer as integers with a positive scale for each output channel, batch normalization folded in:
/// <c>real weight = scale · integer</c>.
/// </summary>
/// <param name="Integers">Row-major, output channels first.</param>
/// <param name="Shape">The shape.</param>
/// <param name="Scales">One for each output channel.</param>
/// <param name="Bias">In real numbers, one for each output channel, or <see langword="null"/>.</param>
internal sealed record FoldedWeights(int[] Integers, long[] Shape, float[] Scales, double[]? Bias);
