using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Deployment;

/// <summary>A reason why a loader cannot be emitted, or not in full.</summary>
/// <param name="Descriptor">The rule.</param>
/// <param name="Place">What it is about.</param>
/// <param name="Arguments">What its message is filled with.</param>
internal sealed record LoaderProblem(DiagnosticDescriptor Descriptor, LoaderProblemPlace Place, EquatableArray<string> Arguments)
{
    public LoaderProblem(DiagnosticDescriptor descriptor, LoaderProblemPlace place, params string[] arguments)
        : this(descriptor, place, new EquatableArray<string>(arguments))
    {
    }
}
