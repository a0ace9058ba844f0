namespace StickGen.Planning;

/// <summary>
/// Which matrix of an operand belongs to a matrix of the result, where dimensions of size 1 are repeated. It is computed for each: a table would have
/// an entry for every sample of a batch.
/// </summary>
internal sealed class BroadcastMatrices
{
    /// <summary>From the last dimension before the matrices to the first: the size, and how far apart neighbours are in the operand.</summary>
    private readonly (int Size, int Step)[] dimensions;

    /// <param name="sizes">Of the operand.</param>
    /// <param name="result">Of the result.</param>
    public BroadcastMatrices(ReadOnlySpan<int> sizes, ReadOnlySpan<int> result)
    {
        dimensions = new (int Size, int Step)[result.Length - 2];
        var step = 1;
        for (var d = 0; d < dimensions.Length; d++)
        {
            var size = d + 3 > sizes.Length ? 1 : sizes[^(d + 3)];
            dimensions[d] = (result[^(d + 3)], size == 1 ? 0 : step);
            step *= size;
        }
    }

    /// <summary>The operand's matrix for one of the result.</summary>
    public int Number(int matrix)
    {
        var number = 0;
        foreach (var (size, step) in dimensions)
        {
            (matrix, var position) = Math.DivRem(matrix, size);
            number += position * step;
        }

        return number;
    }
}
