namespace StickGen.Quantization;

/// <summary>
/// Quantization of activations by what they are when a model runs: each token (a row of a linear layer's input) is mapped to [−127, 127] by its own largest magnitude.
/// </summary>
public static class DynamicQuantization
{
    /// <summary>The highest integer of a token.</summary>
    public const int QMax = 127;

    /// <summary>
    /// The scale of a token: <c>max|x| / 127</c> in float32, at least <see cref="AffineQuantization.MinimumScale"/>; 1 where all values are 0. Not finite where a value is not.
    /// </summary>
    /// <param name="largest">The largest magnitude in the token.</param>
    public static float Scale(float largest) => largest == 0 ? 1f : MathF.Max(largest / QMax, AffineQuantization.MinimumScale);
}
