using StickGen.Kernels.Avx2;
using StickGen.Kernels.Portable;

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
        null or "" => Avx2Kernels.IsSupported ? Avx2Kernels.Instance : PortableKernels.Instance,
        "portable" => PortableKernels.Instance,
        "avx2" when Avx2Kernels.IsSupported => Avx2Kernels.Instance,
        "avx2" => throw new InvalidOperationException($"{Variable} is 'avx2', which this CPU does not have."),
        _ => throw new InvalidOperationException($"{Variable} is '{name}'; it can be 'portable' or 'avx2', or not set."),
    };
}
