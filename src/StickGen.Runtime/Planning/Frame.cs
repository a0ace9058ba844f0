using System.Runtime.InteropServices;
using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>The memory a plan runs in.</summary>
internal readonly ref struct Frame(Span<byte> memory)
{
    private readonly Span<byte> memory = memory;

    public Span<byte> Bytes(Buffer buffer) => memory.Slice(buffer.Offset, buffer.Length);

    public Span<float> Floats(Buffer buffer) => MemoryMarshal.Cast<byte, float>(Bytes(buffer));
}

/// <summary>
/// A call of a kernel, or the part of it that one thread makes. What it captures is fixed when the plan is made, so running it
/// allocates nothing.
/// </summary>
internal delegate void Step(Frame frame, Part part);
