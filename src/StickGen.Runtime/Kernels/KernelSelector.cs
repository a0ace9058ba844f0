using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;
using StickGen.Kernels.Vnni;

namespace StickGen.Kernels;

/// <summary>Chooses the instruction set: the best that the CPU has, or what <c>STICKGEN_ISA</c> says.</summary>
internal static class KernelSelector
{
    /// <summary>The environment variable that forces an instruction set.</summary>
    public const string Variable = "STICKGEN_ISA";

    /// <exception cref="InvalidOperationException">The variable names no instruction set, or one that this CPU does not have.</exception>
    public static IKernels Select() => Select(Environment.GetEnvironmentVariable(Variable));

    public static IKernels Select(string? name) => name switch
    {
        null or "" => All[^1],
        _ when All.FirstOrDefault(kernels => kernels.Name == name) is { } kernels => kernels,
        "avx2" => throw new InvalidOperationException($"{Variable} is 'avx2', which this CPU does not have."),
        "avx512vnni" => throw new InvalidOperationException($"{Variable} is 'avx512vnni', which this CPU does not have, or this system (Linux on x64, if it lets programs make code) does not offer."),
        _ => throw new InvalidOperationException($"{Variable} is '{name}'; it can be 'portable', 'avx2' or 'avx512vnni', or not set."),
    };

    /// <summary>What this CPU can run, the slowest first.</summary>
    public static IReadOnlyList<IKernels> All { get; } =
    [
        PortableKernels.Instance,
        .. Avx2Kernels.IsSupported ? [Avx2Kernels.Instance] : ReadOnlySpan<IKernels>.Empty,
        .. VnniKernels.IsSupported ? [VnniKernels.Instance] : ReadOnlySpan<IKernels>.Empty,
    ];
}
