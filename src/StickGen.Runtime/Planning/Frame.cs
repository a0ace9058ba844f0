using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Kernels;

namespace StickGen.Planning;

/// <summary>The memory a plan runs in.</summary>
internal readonly ref struct Frame(Span<byte> memory, KeyValueCache? cache)
{
    private readonly Span<byte> memory = memory;

    /// <summary>What the run goes on from.</summary>
    public KeyValueCache Cache => cache!;

    public Span<byte> Bytes(Buffer buffer) => memory.Slice(buffer.Offset, buffer.Length);

    public Span<int> Integers(Buffer buffer) => MemoryMarshal.Cast<byte, int>(Bytes(buffer));

    public Span<float> Floats(Buffer buffer) => MemoryMarshal.Cast<byte, float>(Bytes(buffer));
}

/// <summary>
/// A call of a kernel, or the part of it that one thread makes. What it captures is fixed when the plan is made, so running it
/// allocates nothing.
/// </summary>
internal delegate void Step(Frame frame, Part part);
