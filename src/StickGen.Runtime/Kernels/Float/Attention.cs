using System.Runtime.CompilerServices;
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows>(ReadOnlySpan<float> query, TRows keys, TRows values, int count, float scale, Span<float> scores, Span<float> target)
        where TRows : IRows, allows ref struct
    {
        scores = scores[..count];
        for (var key = 0; key < count; key++)
        {
            var sum = Vector256<float>.Zero;
            for (var i = 0; i < query.Length; i += Lanes.Count)
                sum += Lanes.Load(query, i) * keys.Load(key, i);
            scores[key] = (Lanes.Sum(sum) * keys.Scale(key)) * scale;
        }

        var total = Vector256.Create(FloatRows.Exponentials(scores, scores));
        var column = 0;
        for (; column + (Width * Lanes.Count) <= target.Length; column += Width * Lanes.Count)
        {
            Vector256<float> s0 = default, s1 = s0, s2 = s0, s3 = s0;
            for (var key = 0; key < count; key++)
            {
                var weight = Vector256.Create(scores[key] * values.Scale(key));
                s0 += weight * values.Load(key, column);
                s1 += weight * values.Load(key, column + Lanes.Count);
                s2 += weight * values.Load(key, column + (2 * Lanes.Count));
                s3 += weight * values.Load(key, column + (3 * Lanes.Count));
            }

            Lanes.Store(s0 / total, target, column);
            Lanes.Store(s1 / total, target, column + Lanes.Count);
            Lanes.Store(s2 / total, target, column + (2 * Lanes.Count));
            Lanes.Store(s3 / total, target, column + (3 * Lanes.Count));
        }

        for (; column < target.Length; column += Lanes.Count)
        {
            var sum = Vector256<float>.Zero;
            for (var key = 0; key < count; key++)
                sum += Vector256.Create(scores[key] * values.Scale(key)) * values.Load(key, column);
            Lanes.Store(sum / total, target, column);
        }
    }
}
