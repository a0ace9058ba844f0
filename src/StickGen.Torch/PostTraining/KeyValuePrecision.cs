namespace StickGen.PostTraining;

/// <summary>How the keys and values of attention, which a decoder keeps for all tokens of a text, are quantized after training. Queries stay as they are.</summary>
public enum KeyValuePrecision
{
    /// <summary>They stay in float.</summary>
    Float,

    /// <summary>8 bits in [−127, 127], with a scale for each token and head, <c>max|x| / 127</c> of what it has; no range has to be calibrated.</summary>
    Int8PerToken,

    /// <summary>
    /// Keys in 8 bits with a scale for each channel of each head, from the values of the calibration: some channels of keys are much larger than others, in all tokens. Values as with
    /// <see cref="Int8PerToken"/>. Hooper et al. 2024, "KVQuant"; Liu et al. 2024, "KIVI".
    /// </summary>
    Int8PerChannel,
}
