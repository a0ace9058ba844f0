using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Diagnostics;

/// <summary>
/// Something in the user's code that cannot be captured, or not without loss. It holds the location, and so stays
/// outside of the models: the analyzers report it, the generator never sees it.
/// </summary>
/// <param name="Descriptor">One of <see cref="Descriptors"/>.</param>
/// <param name="Location">The exact place.</param>
/// <param name="Arguments">What fills the holes of the descriptor's message.</param>
internal sealed record CaptureProblem(DiagnosticDescriptor Descriptor, Location Location, ImmutableArray<string> Arguments)
{
    /// <summary>Facts for a code fix, by name.</summary>
    public ImmutableDictionary<string, string?> Properties { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>What has to be changed, where that is elsewhere.</summary>
    public Location? Declaration { get; init; }

    /// <summary>The problem as a diagnostic of an analyzer.</summary>
    public Diagnostic ToDiagnostic() => Diagnostic.Create(Descriptor, Location, Declaration is null ? [] : [Declaration], Properties, [.. Arguments]);
}
