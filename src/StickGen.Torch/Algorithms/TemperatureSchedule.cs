using StickGen.Quantization;
using StickGen.Training;

namespace StickGen.Compression;

/// <summary>Sets the temperature of <see cref="SearchingLowBitWeights"/> before each step. It follows from the step alone, so a resumed run has the same.</summary>
internal sealed class TemperatureSchedule(SearchingLowBitWeightsOptions options) : TrainingCallback
{
    public override void OnStepStart(TrainingContext context)
    {
        if (context.Model is not IFakeQuantized variant)
            throw new CompressionException($"{context.Model.GetName()} is trained with the callbacks of SLB, and is no variant that it was applied to.");
        var temperature = options.TemperatureAt((double)context.Step / context.TotalSteps);
        foreach (var quantizer in variant.State.Quantizers.Values.OfType<CandidateQuantizer>())
            quantizer.Temperature = temperature;
    }
}
