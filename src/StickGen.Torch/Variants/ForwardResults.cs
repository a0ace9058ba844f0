using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>What emitted code returns that is more than one tensor.</summary>
public static class ForwardResults
{
    /// <summary>
    /// Moves what is returned to the outer scope. A tensor may be there twice, or be null; one that is not the scope's belongs to
    /// somebody else, and stays there.
    /// </summary>
    /// <param name="scope">The scope of <c>forward</c>.</param>
    /// <param name="tensors">The tensors.</param>
    public static void Keep(DisposeScope scope, params ReadOnlySpan<Tensor?> tensors)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var kept = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var tensor in tensors)
        {
            if (tensor is not null && kept.Add(tensor) && scope.Contains(tensor))
                scope.MoveToOuter(tensor);
        }
    }
}
