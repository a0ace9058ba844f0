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

    public void Add(DiagnosticDescriptor descriptor, Location? location, params string[] arguments) =>
        Add(new(descriptor, location ?? Location.None, [.. arguments]));

    public void Add(CaptureProblem problem)
    {
        // A helper that is called twice is captured twice, and has its problems once.
        if (!seen.Add((problem.Descriptor.Id, problem.Location, string.Join("\n", problem.Arguments))))
            return;
        problems.Add(problem);
        IsFatal |= problem.Descriptor.DefaultSeverity == DiagnosticSeverity.Error;
    }

    /// <summary>The problems in source order. What is inside of code that is not captured anyway is not told apart.</summary>
    public ImmutableArray<CaptureProblem> ToImmutable()
    {
        var fatal = problems.Where(p => p.Descriptor != Descriptors.ItemInForward && p.Descriptor != Descriptors.OpaqueOperation).ToArray();
        return [.. problems
            .Where(p => p.Descriptor != Descriptors.ItemInForward || !fatal.Any(f => f.Location.SourceTree == p.Location.SourceTree && f.Location.SourceSpan.Contains(p.Location.SourceSpan)))
            .OrderBy(p => p.Location.SourceSpan.Start)];
    }
}
