using System.Runtime.InteropServices;

namespace StickGen.Kernels.Vnni;

/// <summary>
/// Machine code in memory: it is written before it is executable, and not writable after. It stays until the process ends.
/// </summary>
internal static partial class ExecutableMemory
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const int Private = 2, Anonymous = 0x20;
    private const nint Failed = -1;

    /// <summary>Makes functions of Linux on x64 callable.</summary>
    /// <param name="functions">Machine code.</param>
    /// <returns>Their addresses, or <see langword="null"/> where the system does not allow a program to make code.</returns>
    public static nint[]? TryLoad(IReadOnlyList<byte[]> functions)
    {
        try
        {
            return Load(functions);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library of another name.
            return null;
        }
    }

    private static unsafe nint[]? Load(IReadOnlyList<byte[]> functions)
    {
        const int Alignment = 64;
        var starts = new int[functions.Count];
        var length = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = length;
            length = (length + functions[i].Length + Alignment - 1) / Alignment * Alignment;
        }

        var memory = MapMemory(0, (nuint)length, Read | Write, Private | Anonymous, -1, 0);
        if (memory == Failed)
            return null;
        for (var i = 0; i < starts.Length; i++)
            functions[i].CopyTo(new Span<byte>((void*)(memory + starts[i]), functions[i].Length));
        if (ProtectMemory(memory, (nuint)length, Read | Execute) == 0)
            return Array.ConvertAll(starts, start => memory + start);
        _ = UnmapMemory(memory, (nuint)length);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint length);
}
