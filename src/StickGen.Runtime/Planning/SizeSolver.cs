using StickGen.Graphs;

namespace StickGen.Planning;

/// <summary>Finds the sizes of named dimensions from the lengths of a model's inputs.</summary>
internal sealed class SizeSolver
{
    private readonly GraphValue[] inputs;

    /// <summary>For each input its length as fixed factor and dynamic dimensions, as indices into <see cref="Names"/>.</summary>
    private readonly (long Factor, int[] Names)[] lengths;

    public SizeSolver(ModelGraph graph)
    {
        inputs = [.. graph.Inputs];
        Names = [.. inputs.SelectMany(i => i.Shape!).Select(d => d.Symbol).OfType<string>().Distinct(StringComparer.Ordinal)];
        lengths = Array.ConvertAll(inputs, input => (
            input.Shape!.Aggregate(1L, (product, dimension) => Times(product, dimension.Factor)),
            input.Shape!.Where(d => d.Symbol is not null).Select(d => Array.IndexOf(Names, d.Symbol)).ToArray()));
    }

    /// <summary>The names of the dynamic dimensions, in the order of their first appearance.</summary>
    public string[] Names { get; }

    /// <summary>Whether the only dynamic dimension is the outermost of each input: a batch.</summary>
    public bool OnlyBatch => Names.Length <= 1 && inputs.All(i => i.Shape!.Skip(1).All(d => d.IsFixed));

    /// <summary>The sizes of <see cref="Names"/>; allocates nothing unless it fails.</summary>
    /// <exception cref="ArgumentException">A length does not fit; the message says which would.</exception>
    public void Solve(ReadOnlySpan<int> inputLengths, Span<long> sizes)
    {
        if (inputLengths.Length != inputs.Length)
            throw new ArgumentException($"{inputLengths.Length} inputs were given; the model has {inputs.Length}.");
        sizes.Clear();
        int solved;
        do
        {
            solved = 0;
            for (var i = 0; i < inputs.Length; i++)
                solved += Solve(i, inputLengths[i], sizes);
        }
        while (solved > 0);

        var open = sizes.IndexOf(0);
        if (open >= 0)
            throw new ArgumentException($"The size '{Names[open]}' does not follow from the lengths of the inputs.");
        for (var i = 0; i < inputs.Length; i++)
            Check(i, inputLengths[i], sizes);
    }

    /// <summary>Solves an input in which one dynamic dimension is open; returns how many were found.</summary>
    private int Solve(int input, int length, Span<long> sizes)
    {
        var (factor, names) = lengths[input];
        var open = -1;
        foreach (var name in names)
        {
            if (sizes[name] != 0)
                factor = Times(factor, sizes[name]);
            else if (open < 0)
                open = name;
            else
                return 0;
        }

        if (open < 0)
            return 0;
        if (length <= 0 || length % factor != 0)
            throw Wrong(input, length, $"a positive multiple of {factor}");
        sizes[open] = length / factor;
        return 1;
    }

    private void Check(int input, int length, ReadOnlySpan<long> sizes)
    {
        var (expected, names) = lengths[input];
        foreach (var name in names)
            expected = Times(expected, sizes[name]);
        if (length != expected)
            throw Wrong(input, length, expected.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The product, or something too large to be the length of a span.</summary>
    private static long Times(long left, long right) =>
        left > int.MaxValue || right > int.MaxValue ? int.MaxValue + 1L : left * right;

    private ArgumentException Wrong(int input, int length, string right) =>
        new($"The input '{inputs[input].Name}' was given {length} values; its shape {inputs[input].Shape} takes {right}.");
}
