using System.Runtime.InteropServices;

namespace StickGen.Kernels;

/// <summary>Memory that begins with a line of the cache, so that no vector in it crosses one.</summary>
internal static class CacheLine
{
    /// <summary>The length of a line.</summary>
    public const int Bytes = 64;

    /// <summary>A pinned array with room for a number of elements from the first of a line on.</summary>
    /// <param name="length">How many elements.</param>
    /// <param name="isZero">Whether they are to be 0.</param>
    /// <param name="first">The index of the first one.</param>
    /// <exception cref="OverflowException">They are more than an array can have.</exception>
    public static unsafe T[] Allocate<T>(int length, bool isZero, out int first)
        where T : unmanaged
    {
        var size = checked(length + (Bytes / sizeof(T)));
        var memory = isZero ? GC.AllocateArray<T>(size, pinned: true) : GC.AllocateUninitializedArray<T>(size, pinned: true);
        var start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        first = (int)((byte*)Next(start) - start) / sizeof(T);
        return memory;
    }

    /// <summary>The beginning of the first line at an address or after it.</summary>
    public static unsafe void* Next(void* address) => (void*)(((nuint)address + Bytes - 1) / Bytes * Bytes);
}
