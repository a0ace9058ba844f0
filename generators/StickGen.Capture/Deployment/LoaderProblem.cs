using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Deployment;

/// <summary>Why a class that could hold a loader gets none. It has no location, so that it can be part of a model.</summary>
/// <param name="Descriptor">The rule.</param>
/// <param name="Arguments">What its message is filled with.</param>
internal sealed record LoaderProblem(DiagnosticDescriptor Descriptor, EquatableArray<string> Arguments)
{
    public LoaderProblem(DiagnosticDescriptor descriptor, params string[] arguments)
        : this(descriptor, arguments.ToEquatableArray())
    {
    }
}
