using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>
/// softmax(q · Kᵀ · scale) · V for one query and the keys and values of one head. Each score is a sum of <see cref="Lanes"/>; what is made of a value is a sum over keys, one after the other,
/// divided by the sum of all exponentials at the end. Nothing depends on which other queries there are, so that a text gives the same bits at once and token by token.
/// </summary>
internal static class Attention
{
    /// <summary>Vectors of a value that are summed at a time.</summary>
    private const int Width = 4;

    /// <param name="query">[size].</param>
    /// <param name="keys">Keys of [size].</param>
    /// <param name="values">Values, of the target's length.</param>
    /// <param name="count">How many keys the query sees: the first ones.</param>
    /// <param name="scale">What scores are multiplied with.</param>
    /// <param name="scores">Room for as many numbers as keys.</param>
    /// <param name="target">The result.</param>
    public static void Run<TRows>(ReadOnlySpan<float> query, TRows keys, TRows values, int count, float scale, Span<float> scores, Span<float> target)
        where TRows : IRows, allows ref struct
    {
        if (!keys.Are(count, query.Length) || !values.Are(count, target.Length))
            throw new ArgumentException($"There are not {count} keys of {query.Length} numbers, and values of {target.Length}.");
        scores = scores[..count];
        if (query.Length % Lanes.Count == 0)
            WholeScores(query, keys, scale, scores);
        else
            Scores(query, keys, scale, scores);

        var total = Vector256.Create(FloatRows.Exponentials(scores, scores));
        for (var key = 0; key < count; key++)
            scores[key] *= values.Scale(key);
        var column = 0;
        for (; column + (Width * Lanes.Count) <= target.Length; column += Width * Lanes.Count)
            Add(scores, values, column, total, target);
        for (; column < target.Length; column += Lanes.Count)
        {
            var isWhole = column + Lanes.Count <= target.Length;
            var sum = Vector256<float>.Zero;
            for (var key = 0; key < count; key++)
                sum += Vector256.Create(scores[key]) * (isWhole ? values.Load(key, column) : values.LoadRest(key, column));
            Lanes.Store(sum / total, target, column);
        }
    }

    /// <summary>Of keys that are whole vectors. A loop with calls in it would keep its sums in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WholeScores<TRows>(ReadOnlySpan<float> query, TRows keys, float scale, Span<float> scores)
        where TRows : IRows, allows ref struct
    {
        for (var key = 0; key < scores.Length; key++)
            scores[key] = (Lanes.Sum(Products(query, keys, key)) * keys.Scale(key)) * scale;
    }

    private static void Scores<TRows>(ReadOnlySpan<float> query, TRows keys, float scale, Span<float> scores)
        where TRows : IRows, allows ref struct
    {
        var whole = query.Length / Lanes.Count * Lanes.Count;
        for (var key = 0; key < scores.Length; key++)
        {
            var sum = Products(query[..whole], keys, key) + (Lanes.Load(query, whole) * keys.LoadRest(key, whole));
            scores[key] = (Lanes.Sum(sum) * keys.Scale(key)) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Products<TRows>(ReadOnlySpan<float> query, TRows keys, int key)
        where TRows : IRows, allows ref struct
    {
        ref var first = ref MemoryMarshal.GetReference(query);
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < query.Length; i += Lanes.Count)
            sum += Vector256.LoadUnsafe(ref first, (nuint)i) * keys.Load(key, i);
        return sum;
    }

    /// <summary>Some vectors of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TRows>(ReadOnlySpan<float> weights, TRows values, int column, Vector256<float> total, Span<float> target)
        where TRows : IRows, allows ref struct
    {
        Vector256<float> s0 = default, s1 = s0, s2 = s0, s3 = s0;
        for (var key = 0; key < weights.Length; key++)
        {
            var weight = Vector256.Create(weights[key]);
            s0 += weight * values.Load(key, column);
            s1 += weight * values.Load(key, column + Lanes.Count);
            s2 += weight * values.Load(key, column + (2 * Lanes.Count));
            s3 += weight * values.Load(key, column + (3 * Lanes.Count));
        }

        (s0 / total).CopyTo(target[column..]);
        (s1 / total).CopyTo(target[(column + Lanes.Count)..]);
        (s2 / total).CopyTo(target[(column + (2 * Lanes.Count))..]);
        (s3 / total).CopyTo(target[(column + (3 * Lanes.Count))..]);
    }
}
