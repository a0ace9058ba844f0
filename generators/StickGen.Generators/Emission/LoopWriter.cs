using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Writes the head of a loop as the user did.</summary>
/// <param name="render">Renders the code of the head.</param>
internal sealed class LoopWriter(Func<CapturedExpression, string> render)
{
    /// <summary>A loop as it is.</summary>
    public string Plain(LoopHeader header) => header switch
    {
        ForEachHeader each => ForEach(each.Variable, render(each.Items)),
        ForHeader counted => $"for ({render(counted.Initial)}; {render(counted.Condition)}; {render(counted.Step)})",
        _ => throw new ArgumentOutOfRangeException(nameof(header), header, null),
    };

    /// <summary>A loop whose items come through a method, as <c>units.layers.Each(layers)</c>.</summary>
    /// <param name="header">The head.</param>
    /// <param name="source">The method, up to its last argument.</param>
    /// <param name="variable">What stands beside each item, if anything does.</param>
    public string Through(LoopHeader header, string source, string? variable = null) => header is ForEachHeader each
        ? ForEach(variable is null ? each.Variable : $"({each.Variable}, {variable})", $"{source}{render(each.Items)})")
        : Plain(header);

    private static string ForEach(string variable, string items) => $"foreach (var {variable} in {items})";
}
