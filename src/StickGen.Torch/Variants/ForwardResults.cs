using System.Collections;
using System.Runtime.CompilerServices;
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

    /// <summary>
    /// Returns what statements compute that are kept as they are written. Its tensors move to the outer scope: those of tuples, lists
    /// and dictionaries; of an object whose type only the user knows, all that the scope holds.
    /// </summary>
    /// <typeparam name="T">The type that <c>forward</c> returns.</typeparam>
    /// <param name="scope">The scope of <c>forward</c>.</param>
    /// <param name="result">The result.</param>
    public static T Return<T>(DisposeScope scope, T result)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var tensors = new List<Tensor>();
        if (Find(result, tensors))
            Keep(scope, [.. tensors]);
        else
            scope.MoveToOuter(scope.DisposablesView);
        return result;
    }

    /// <summary>
    /// Returns a result where tensors may outlive the call in fields, such as caches: all that the scope holds moves to the outer one,
    /// so that nothing is disposed that the user's code does not dispose.
    /// </summary>
    /// <typeparam name="T">The type that <c>forward</c> returns.</typeparam>
    /// <param name="scope">The scope of <c>forward</c>.</param>
    /// <param name="result">The result.</param>
    public static T ReturnAll<T>(DisposeScope scope, T result)
    {
        ArgumentNullException.ThrowIfNull(scope);
        scope.MoveToOuter(scope.DisposablesView);
        return result;
    }

    /// <summary>Finds the tensors of a result, and whether all were found.</summary>
    internal static bool Find(object? result, List<Tensor> tensors)
    {
        switch (result)
        {
            case null or IConvertible:
                return true;
            case Tensor tensor:
                tensors.Add(tensor);
                return true;
            case ITuple tuple:
                return Enumerable.Range(0, tuple.Length).All(i => Find(tuple[i], tensors));
            case IDictionary dictionary:
                return dictionary.Values.Cast<object?>().All(value => Find(value, tensors));
            case IList list:
                return list.Cast<object?>().All(item => Find(item, tensors));
            default:
                return false;
        }
    }
}
