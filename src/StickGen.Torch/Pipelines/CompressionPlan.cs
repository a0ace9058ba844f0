using System.Text.Json;
using StickGen.Compression;

namespace StickGen.Pipelines;

/// <summary>
/// The way from a float model to a deployed one, as data: replace layers, prune, fine-tune, quantize, deploy, in any sensible order, each step with
/// the options of its algorithm. <see cref="CompressionPipeline"/> goes it.
/// </summary>
public sealed record CompressionPlan
{
    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<PipelineStep> Steps { get; init; } = [];

    /// <summary>The plan as JSON.</summary>
    public string ToJson() => AlgorithmOptions.Write(this);

    /// <summary>Reads a plan.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has a step or a member that is not known; the message names it.</exception>
    /// <exception cref="CompressionException">A value is not allowed, or steps contradict each other; the message names them.</exception>
    public static CompressionPlan FromJson(string json)
    {
        CompressionPlan plan;
        try
        {
            plan = AlgorithmOptions.Read<CompressionPlan>(json);
        }
        catch (NotSupportedException e)
        {
            // A step without its name.
            throw new JsonException(e.Message, e);
        }

        plan.Validate();
        return plan;
    }

    /// <summary>Checks all options, and that the steps go together.</summary>
    /// <exception cref="CompressionException">The message names the step.</exception>
    public void Validate()
    {
        if (Steps is not { Count: > 0 })
            throw new CompressionException($"{nameof(Steps)} is empty; a plan has at least one step.");
        var quantized = -1;
        for (var i = 0; i < Steps.Count; i++)
        {
            var step = Steps[i] ?? throw new CompressionException($"{nameof(Steps)}[{i}] is null.");
            try
            {
                step.Validate();
            }
            catch (Exception e) when (e is CompressionException or ArgumentException)
            {
                throw new CompressionException($"{Name(i)}: {e.Message}", e);
            }

            if (quantized >= 0 && step is not DeployStep)
                throw new CompressionException($"{Name(i)} comes after {Name(quantized)}: what is quantized is deployed, not changed any further.");
            if (step is DeployStep && quantized < 0)
                throw new CompressionException($"{Name(i)} comes before anything is quantized: an integer model is deployed.");
            if (step is DeployStep && i + 1 < Steps.Count)
                throw new CompressionException($"{Name(i)} is followed by {Name(i + 1)}: nothing comes after deployment.");
            if (step is QuantizeStep)
                quantized = i;
        }
    }

    internal string Name(int step) => $"{nameof(Steps)}[{step}] ({Steps[step].Kind})";
}
