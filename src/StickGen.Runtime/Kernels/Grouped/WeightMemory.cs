using System.Runtime.InteropServices;

namespace StickGen.Kernels.Grouped;

/// <summary>
/// Memory for packed weights, all 0 at first, from the beginning of a line of the cache on. Weights that no cache holds are read as fast as the memory is, which large pages make faster: they come, one
/// after the other, from chunks for which Linux is asked for pages of 2 MB. Whoever uses the span keeps this object alive.
/// </summary>
internal sealed unsafe partial class WeightMemory
{
    /// <summary>Less is kept in an array: it may stay in a cache, and would have a large page to itself.</summary>
    private const int WorthLargePages = 128 << 10;

    private static readonly Lock gate = new();
    private static readonly WeakReference<Chunk?> open = new(null);

    private readonly object owner;
    private readonly uint* first;

    /// <exception cref="OutOfMemoryException">There is not so much memory.</exception>
    public WeightMemory(int length)
    {
        Length = length;
        if (length < WorthLargePages / sizeof(uint))
        {
            var array = CacheLine.Allocate<uint>(length, isZero: true, out var start);
            owner = array;
            first = (uint*)Marshal.UnsafeAddrOfPinnedArrayElement(array, start);
            return;
        }

        owner = Chunk.WithRoom((nuint)length * sizeof(uint), out first);
        Span.Clear();
    }

    public int Length { get; }

    public Span<uint> Span => new(first, Length);

    /// <summary>Keeps the memory until here.</summary>
    public void KeepAlive() => GC.KeepAlive(owner);

    /// <summary>Memory that several weights are in, until none of them is used any more.</summary>
    private sealed partial class Chunk
    {
        private const nuint LargePage = 2 << 20, Common = 32 << 20;
        private const int UseLargePages = 14;

        private readonly byte* memory;
        private readonly nuint size;
        private nuint used;

        private Chunk(nuint atLeast)
        {
            size = (nuint)Math.Max(atLeast, Common);
            size = (size + LargePage - 1) / LargePage * LargePage;
            memory = (byte*)NativeMemory.AlignedAlloc(size, LargePage);
            if (!OperatingSystem.IsLinux())
                return;
            try
            {
                // Advice only: a system that has no large pages to give says no, and all is as before.
                _ = Advise(memory, size, UseLargePages);
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A C library of another name.
            }
        }

        ~Chunk() => NativeMemory.AlignedFree(memory);

        public static Chunk WithRoom(nuint bytes, out uint* first)
        {
            bytes = (bytes + CacheLine.Bytes - 1) / CacheLine.Bytes * CacheLine.Bytes;
            lock (gate)
            {
                if (!open.TryGetTarget(out var chunk) || chunk.size - chunk.used < bytes)
                {
                    chunk = new(bytes);
                    open.SetTarget(chunk);
                }

                first = (uint*)(chunk.memory + chunk.used);
                chunk.used += bytes;
                return chunk;
            }
        }

        [LibraryImport("libc", EntryPoint = "madvise")]
        private static partial int Advise(void* address, nuint length, int advice);
    }
}
