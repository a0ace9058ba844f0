using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Writes a choice as an <c>if</c> with its <c>else if</c> and <c>else</c>.</summary>
internal static class ChoiceWriter
{
    public static void Write(
        SourceWriter writer, ChoiceRegion choice, Func<CapturedExpression, string> condition, Action<SequenceRegion> writeBody)
    {
        var keyword = "if";
        foreach (var branch in choice.Branches)
        {
            if (branch is { Condition: null, Body.Regions.Count: 0 })
                continue;
            using (writer.Open(branch.Condition is { } when ? $"{keyword} ({condition(when)})" : "else"))
                writeBody(branch.Body);
            keyword = "else if";
        }

        writer.Separate();
    }
}
