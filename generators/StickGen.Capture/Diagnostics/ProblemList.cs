using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Diagnostics;

/// <summary>Collects the problems of one class.</summary>
internal sealed class ProblemList
{
    private readonly ImmutableArray<CaptureProblem>.Builder problems = ImmutableArray.CreateBuilder<CaptureProblem>();
    private readonly HashSet<(string Id, Location? Location, string Arguments)> seen = [];

    /// <summary>Whether a problem was added because of which nothing can be emitted.</summary>
    public bool IsFatal { get; private set; }

    public void Add(DiagnosticDescriptor descriptor, Location? location, params string[] arguments)
    {
        // A helper that is called twice is captured twice, and has its problems once.
        if (!seen.Add((descriptor.Id, location, string.Join("\n", arguments))))
            return;
        problems.Add(new(descriptor, location ?? Location.None, [.. arguments]));
        IsFatal |= descriptor.DefaultSeverity == DiagnosticSeverity.Error;
    }

    public ImmutableArray<CaptureProblem> ToImmutable() => [.. problems.OrderBy(p => p.Location.SourceSpan.Start)];
}
