using StickGen.Graphs;

namespace StickGen.Compression;

/// <summary>An input of a model.</summary>
/// <param name="Name">The name of <c>forward</c>'s parameter.</param>
/// <param name="Shape">The declared shape, or <see langword="null"/>.</param>
public sealed record ModelInput(string Name, Shape? Shape)
{
    /// <summary>Whether it may be null. One is part of the graph only if its shape is declared or given.</summary>
    public bool IsOptional { get; init; }
}
