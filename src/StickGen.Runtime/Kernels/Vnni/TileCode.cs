using static StickGen.Kernels.Vnni.Register;

namespace StickGen.Kernels.Vnni;

/// <summary>
/// Machine code for the inner loop of a convolution: some pixels times 16 lanes, whose sums are in registers. For each quad, 16 times four weights are loaded, and the four inputs of each
/// pixel are broadcast and multiplied with them (<c>vpdpbusd</c>). .NET 10 has that instruction for CPUs with AVX-VNNI alone; this one is of AVX-512.
/// </summary>
internal static class TileCode
{
    /// <summary>Lanes of a panel.</summary>
    public const int Lanes = 16;

    /// <summary>The most pixels of a tile.</summary>
    public const int MaxPixels = 8;

    private const int VectorBytes = 64;
    private const int QuadBytes = sizeof(int);

    // zmm0 to zmm7 are sums.
    private const int Weights = 8, FirstInputs = 9, InputRegisters = 4;

    private static readonly Register[] pixels = [Rax, Rcx, Rdx, Rbx, Rsi, R8, R9, R10];

    /// <summary>Those that a function of the System V ABI has to leave as they were.</summary>
    private static readonly Register[] saved = [Rbx, Rbp, R12, R13, R14, R15];

    /// <summary>How many quads are taken at a time, so that there are enough sums that do not wait for each other.</summary>
    public static int Unrolled(int pixels) => pixels >= 4 ? 1 : 4 / pixels;

    /// <summary>A function of the System V ABI, with a pointer to <see cref="TileArguments"/>.</summary>
    /// <param name="count">Pixels of a tile, 1 to <see cref="MaxPixels"/>.</param>
    public static ReadOnlySpan<byte> Write(int count)
    {
        var code = new X64Assembler();
        foreach (var register in saved)
            code.Push(register);
        // rdi: the arguments, rbp: where sums go, r13: pixels, r14: quads, r12: weights.
        code.Load(R13, Argument(TileArguments.PixelsOffset));
        code.Load(Rbp, Argument(TileArguments.SumsOffset));
        var tile = code.Here;
        for (var i = 0; i < count; i++)
        {
            code.LoadInt32(pixels[i], new(R13, Displacement: i * sizeof(int)));
            code.Add(pixels[i], Argument(TileArguments.ImageOffset));
        }

        var unrolled = Unrolled(count);
        code.Load(R11, Argument(TileArguments.BiasOffset));
        code.LoadVector(0, new(R11));
        for (var i = 1; i < count; i++)
            code.Move(i, 0);
        for (var i = count; i < count * unrolled; i++)
            code.Clear(i);
        code.Load(R14, Argument(TileArguments.QuadsOffset));
        code.Load(R12, Argument(TileArguments.WeightsOffset));
        if (unrolled > 1)
            WriteQuads(code, count, unrolled, TileArguments.EndUnrolledOffset);
        WriteQuads(code, count, 1, TileArguments.EndQuadsOffset);

        for (var i = count; i < count * unrolled; i++)
            code.AddInt32(i % count, i % count, i);
        for (var i = 0; i < count; i++)
            code.StoreVector(new(Rbp, Displacement: i * VectorBytes), i);
        code.Add(Rbp, count * VectorBytes);
        code.Add(R13, count * sizeof(int));
        code.Compare(R13, Argument(TileArguments.EndPixelsOffset));
        code.JumpIfBelow(tile);
        code.ZeroUpper();
        foreach (var register in saved.Reverse())
            code.Pop(register);
        code.Return();
        return code.Code;
    }

    /// <summary>A loop over quads, some at a time, which may be over before it begins.</summary>
    private static void WriteQuads(X64Assembler code, int count, int unrolled, int end)
    {
        code.Compare(R14, Argument(end));
        var isOver = code.JumpIfNotBelow();
        var loop = code.Here;
        for (var quad = 0; quad < unrolled; quad++)
        {
            code.LoadInt32(R11, new(R14, Displacement: quad * QuadBytes));
            code.LoadVector(Weights, new(R12, Displacement: quad * VectorBytes));
            for (var i = 0; i < count; i++)
            {
                var inputs = FirstInputs + (i % InputRegisters);
                code.Broadcast(inputs, new(pixels[i], R11));
                code.MultiplyAdd((quad * count) + i, inputs, Weights);
            }
        }

        code.Add(R14, unrolled * QuadBytes);
        code.Add(R12, unrolled * VectorBytes);
        code.Compare(R14, Argument(end));
        code.JumpIfBelow(loop);
        code.Land(isOver);
    }

    private static Address Argument(int offset) => new(Rdi, Displacement: offset);
}
