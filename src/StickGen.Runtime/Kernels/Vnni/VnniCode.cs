using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace StickGen.Kernels.Vnni;

/// <summary>The code of <see cref="TileCode"/> and <see cref="PanelCode"/> in memory, if the CPU and the system can run it: Linux on x64 with AVX-512 and its VNNI.</summary>
internal static unsafe class VnniCode
{
    /// <summary>By pixels of a tile, and then by the bits of a panel's fields.</summary>
    private static readonly nint[]? functions = CpuHasVnni() && SystemKeepsVectors() ? ExecutableMemory.TryLoad([.. Write()]) : null;

    /// <summary>Whether it can be called.</summary>
    public static bool IsSupported => functions is not null;

    /// <summary>The most pixels of one call of <see cref="Run"/>, for whose sums there has to be room.</summary>
    public const int StripPixels = 64;

    /// <summary>Computes the sums of the next pixels, as many as take microseconds, and goes past them.</summary>
    /// <param name="arguments">All but the ends of pixels and of unrolled quads, which are set here.</param>
    /// <param name="left">How many pixels are left, 1 or more.</param>
    /// <returns>How many were computed.</returns>
    public static int Run(ref TileArguments arguments, int left)
    {
        const int QuadsInCall = 2048;
        var quads = (int)(arguments.EndQuads - arguments.Quads);
        var inTile = Math.Min(left, TileCode.MaxPixels);
        var done = inTile * Math.Min(left / inTile, Math.Clamp(QuadsInCall / quads, 1, StripPixels / TileCode.MaxPixels));
        var unrolled = TileCode.Unrolled(inTile);
        arguments.EndUnrolled = arguments.Quads + (quads / unrolled * unrolled);
        arguments.EndPixels = arguments.Pixels + done;
        fixed (TileArguments* pointer = &arguments)
            Tile(inTile)(pointer);
        arguments.Pixels = arguments.EndPixels;
        return done;
    }

    /// <summary>
    /// The function for tiles of so many pixels. It takes microseconds and calls nothing, so that the collector may wait for it.
    /// </summary>
    public static delegate* unmanaged[SuppressGCTransition]<TileArguments*, void> Tile(int pixels) =>
        (delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)functions![pixels - 1];

    /// <summary>The function for panels of fields of 2, 4 or 8 bits; as with <see cref="Tile"/>, the collector may wait for it.</summary>
    public static delegate* unmanaged[SuppressGCTransition]<PanelArguments*, void> Panel(int bits) =>
        (delegate* unmanaged[SuppressGCTransition]<PanelArguments*, void>)functions![TileCode.MaxPixels + PanelCode.Bits.IndexOf(bits)];

    private static List<byte[]> Write()
    {
        var all = Enumerable.Range(1, TileCode.MaxPixels).Select(pixels => TileCode.Write(pixels).ToArray()).ToList();
        foreach (var bits in PanelCode.Bits)
            all.Add(PanelCode.Write(bits).ToArray());
        return all;
    }

    /// <summary>AVX-512 (F, DQ, BW and VL) and its VNNI, asked of the CPU itself: code that was compiled for older ones says no to AVX-512.</summary>
    private static bool CpuHasVnni()
    {
        const int Foundation = 1 << 16, Dq = 1 << 17, Bw = 1 << 30, Vl = 1 << 31, All = Foundation | Dq | Bw | Vl, Vnni = 1 << 11;
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 || X86Base.CpuId(0, 0).Eax < 7)
            return false;
        var (_, ebx, ecx, _) = X86Base.CpuId(7, 0);
        return (ebx & All) == All && (ecx & Vnni) != 0;
    }

    /// <summary>Whether the system saves 512-bit registers when it changes threads.</summary>
    private static bool SystemKeepsVectors()
    {
        const int CanAsk = 1 << 27, Sse = 1 << 1, Avx = 1 << 2, Masks = 1 << 5, UpperHalves = 1 << 6, UpperRegisters = 1 << 7;
        const int All = Sse | Avx | Masks | UpperHalves | UpperRegisters;
        if ((X86Base.CpuId(1, 0).Ecx & CanAsk) == 0)
            return false;
        var code = new X64Assembler();
        code.Set(Register.Rcx, 0);
        code.ReadControlRegister();
        code.Return();
        return ExecutableMemory.TryLoad([code.Code.ToArray()]) is [var function] && (((delegate* unmanaged<int>)function)() & All) == All;
    }
}
