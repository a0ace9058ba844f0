namespace StickGen.PostTraining;

/// <summary>How what linear layers read is quantized after training.</summary>
public enum ActivationQuantization
{
    /// <summary>It stays in float: W8A16, W4A16.</summary>
    None,

    /// <summary>Each token by its own largest magnitude while the model runs, to integers in [−127, 127]; no range has to be calibrated.</summary>
    DynamicPerToken,

    /// <summary>8 bits with one scale and zero point for a layer, from the values of the calibration.</summary>
    StaticPerTensor,
}
