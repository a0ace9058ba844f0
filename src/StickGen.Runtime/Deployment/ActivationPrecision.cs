namespace StickGen.Deployment;

/// <summary>What the inputs of a product with grouped weights are.</summary>
public enum ActivationPrecision
{
    /// <summary>float32, as they are (W8A16, W4A16).</summary>
    Float,

    /// <summary>Integers of 8 bits, with a scale for each token that is computed when the model runs (W8A8, W4A8 dynamic).</summary>
    DynamicInt8,

    /// <summary>Integers of 8 bits, with one scale and zero point for the layer, which its matrix was made with (W8A8, W4A8 static).</summary>
    StaticInt8,
}
