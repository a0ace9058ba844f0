using StickGen.Kernels.Vnni;

namespace StickGen.Benchmarks.Measuring;

/// <summary>Bytes times bytes by <c>vpdpbusd</c> on registers: what one core can do at most where StickGen uses that.</summary>
internal static unsafe class VnniPeak
{
    /// <summary>Multiply-accumulates of one call.</summary>
    public const long MultiplyAccumulates = Iterations * Chains * 64L;

    private const long Iterations = 10_000;
    private const int Chains = 12;

    private static readonly nint function = VnniCode.IsSupported ? Load() : 0;

    /// <summary>Whether it can run.</summary>
    public static bool IsSupported => function != 0;

    /// <summary>Multiplies.</summary>
    public static void Run()
    {
        var iterations = Iterations;
        ((delegate* unmanaged<long*, void>)function)(&iterations);
    }

    private static nint Load()
    {
        var code = new X64Assembler();
        for (var i = 0; i < 16; i++)
            code.Clear(i);
        code.Set(Register.Rax, 0);
        var loop = code.Here;
        for (var i = 0; i < Chains; i++)
            code.MultiplyAdd(i, 12 + (i % 2), 14 + (i / 2 % 2));
        code.Add(Register.Rax, 1);
        code.Compare(Register.Rax, new Address(Register.Rdi));
        code.JumpIfBelow(loop);
        code.ZeroUpper();
        code.Return();
        return ExecutableMemory.TryLoad([code.Code.ToArray()])![0];
    }
}
