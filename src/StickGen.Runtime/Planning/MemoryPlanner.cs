using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>
/// Places buffers so that none overlaps another that lives at the same time: the largest first, each at the lowest
/// offset that is free for all of its life.
/// </summary>
internal static class MemoryPlanner
{
    /// <summary>Offsets are multiples of this, a cache line.</summary>
    public const int Alignment = CacheLine.Bytes;

    private const int Page = 4096;

    /// <summary>
    /// Between a buffer of a page or more and the next: where what is read and what is written differ by a multiple of 4096, loads wait for stores to other addresses. Softmax took half as long again.
    /// </summary>
    private const int Gap = 5 * Alignment;

    /// <summary>Sets the offsets and returns the bytes needed.</summary>
    public static long Place(IEnumerable<Buffer> buffers)
    {
        // In the order of their offsets.
        var placed = new List<Buffer>();
        long total = 0;
        foreach (var buffer in buffers.OrderByDescending(b => b.Length).ThenBy(b => b.FirstStep))
        {
            long offset = 0;
            foreach (var other in placed)
            {
                if (other.Offset >= offset + buffer.Length)
                    break;
                if (buffer.LivesWith(other))
                    offset = Math.Max(offset, Align((long)other.Offset + other.Length + (other.Length < Page ? 0 : Gap)));
            }

            total = Math.Max(total, Align(offset + buffer.Length));
            if (total > Array.MaxLength)
                return total;
            buffer.Offset = (int)offset;
            placed.Insert(IndexAfter(placed, buffer.Offset), buffer);
        }

        return total;
    }

    /// <summary>The index of the first buffer whose offset is greater.</summary>
    private static int IndexAfter(List<Buffer> placed, int offset)
    {
        var (from, to) = (0, placed.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (placed[middle].Offset <= offset)
                from = middle + 1;
            else
                to = middle;
        }

        return from;
    }

    private static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}
