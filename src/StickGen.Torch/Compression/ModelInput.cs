using StickGen.Graphs;

namespace StickGen.Compression;

/// <summary>An input of a model.</summary>
/// <param name="Name">The name of <c>forward</c>'s parameter.</param>
/// <param name="Shape">The declared shape, or <see langword="null"/>.</param>
public sealed record ModelInput(string Name, Shape? Shape);
