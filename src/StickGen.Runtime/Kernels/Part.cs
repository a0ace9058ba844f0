namespace StickGen.Kernels;

/// <summary>One of several parts of some work.</summary>
/// <param name="Index">Which one.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct Part(int Index, int Count)
{
    /// <summary>All of the work.</summary>
    public static Part Whole => new(0, 1);

    /// <summary>The elements of this part; all spans of one length are divided alike.</summary>
    public Span<T> Of<T>(Span<T> elements)
    {
        var (first, end) = Of(elements.Length);
        return elements[first..end];
    }

    /// <summary>The items of this part, of a number of items.</summary>
    public (int First, int End) Of(int items) =>
        ((int)((long)items * Index / Count), (int)((long)items * (Index + 1) / Count));
}
