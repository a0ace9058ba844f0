using System.Text.Json;
using StickGen.Compression;
using StickGen.Training;

namespace StickGen.Pipelines;

/// <summary>How far a run has come: a file in its folder, replaced as a whole after each step.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Done">What the steps that are done left behind.</param>
internal sealed record PipelineProgress(JsonElement Plan, IReadOnlyList<StepReport> Done)
{
    /// <summary>The steps of a run that are done.</summary>
    /// <exception cref="CompressionException">The folder has the run of another plan, or the file is damaged.</exception>
    public static List<StepReport> Read(string path, CompressionPlan plan)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            var progress = AlgorithmOptions.Read<PipelineProgress>(File.ReadAllText(path));
            if (!JsonElement.DeepEquals(progress.Plan, Element(plan)))
                throw new CompressionException($"'{path}' is of another plan. Give another folder, or delete this one.");
            return progress.Done is { } done && done.Count <= plan.Steps.Count && done.All(d => d is not null)
                ? [.. done]
                : throw new CompressionException($"'{path}' is damaged: it has more steps than the plan, or empty ones.");
        }
        catch (JsonException e)
        {
            throw new CompressionException($"'{path}' is damaged: {e.Message}", e);
        }
    }

    public static void Write(string path, CompressionPlan plan, IReadOnlyList<StepReport> done) =>
        WholeFile.Write(path, AlgorithmOptions.Write(new PipelineProgress(Element(plan), done)));

    private static JsonElement Element(CompressionPlan plan)
    {
        using var document = JsonDocument.Parse(plan.ToJson());
        return document.RootElement.Clone();
    }
}
