using StickGen.Format;
using StickGen.Graphs;
using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>The plans of a model by the sizes of its dynamic dimensions. Looking one up again allocates nothing.</summary>
internal sealed class PlanCache(ModelGraph graph, ModelSource source, IKernels kernels, PackedWeights weights, int threads)
{
    /// <summary>More sizes than this are rarely in use at once, and each keeps memory.</summary>
    private const int Capacity = 16;

    private (long[] Sizes, ContextPool Pool)[] entries = [];

    /// <summary>The packed weights, by the names of nodes.</summary>
    public PackedWeights Weights => weights;

    public SizeSolver Sizes { get; } = new(graph);

    /// <exception cref="ArgumentException">The lengths do not fit the model.</exception>
    public ContextPool Get(ReadOnlySpan<int> inputLengths)
    {
        Span<long> sizes = stackalloc long[8];
        sizes = Sizes.Names.Length <= sizes.Length ? sizes[..Sizes.Names.Length] : new long[Sizes.Names.Length];
        Sizes.Solve(inputLengths, sizes);
        return Get(sizes);
    }

    public ContextPool Get(ReadOnlySpan<long> sizes)
    {
        foreach (var (known, pool) in Volatile.Read(ref entries))
        {
            if (sizes.SequenceEqual(known))
                return pool;
        }

        using (source.Enter())
        {
            foreach (var (known, pool) in entries)
            {
                if (sizes.SequenceEqual(known))
                    return pool;
            }

            var added = new ContextPool(Lowering.Lower(GraphBinder.Bind(graph, Sizes.Names, sizes), kernels, weights, threads));
            Volatile.Write(ref entries, [(sizes.ToArray(), added), .. entries.Take(Capacity - 1)]);
            return added;
        }
    }
}
