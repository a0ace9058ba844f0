namespace StickGen.Quantization;

/// <summary>What a <see cref="LearnedStepQuantizer"/> begins with.</summary>
public enum StepInitialization
{
    /// <summary>
    /// The step size with which rounding and clipping the first tensor has the least squared error. In a trained network it is a fifth to a half of <see cref="MeanMagnitude"/> with 8 bits, and
    /// two thirds for weights of 4, which a few epochs would not make up for.
    /// </summary>
    LeastSquares,

    /// <summary><c>2 · mean|x| / √Qp</c>, as in the paper.</summary>
    MeanMagnitude,
}
